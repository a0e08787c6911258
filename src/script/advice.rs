//! What might be better in a script that can be rendered.

use super::{
    BreathPhase, Category, Direction, Inline, Length, Node, Script, Span, Spanned,
    diagnostic::{Diagnostic, settle},
};
use std::{collections::BTreeSet, time::Duration};

/// How many characters of speech between two silences are heard well as one thought.
const BLOCK: std::ops::RangeInclusive<usize> = 50..=250;

/// The longest sentence that is followed with eyes closed, in words.
const SENTENCE_WORDS: usize = 25;

/// A silence this long startles when nothing has announced it.
const LONG_SILENCE: Duration = Duration::from_mins(1);

/// A breath longer than this is too much for many.
const LONG_BREATH: Duration = Duration::from_secs(15);

/// Words that announce a silence.
const ANNOUNCES: [&str; 7] = ["silence", "silent", "quiet", "moment", "minute", "stay", "rest"];

/// Words that wake somebody.
const WAKES: [&str; 5] = ["wake", "awake", "open your eyes", "opening your eyes", "return"];

/// Advice on a script, in the order of the text.
#[must_use]
pub fn advise(script: &Script) -> Vec<Diagnostic> {
    let mut adviser = Adviser::default();
    adviser.nodes(&script.body);
    adviser.end_block();
    if script.front.category == Some(Category::Hypnosis) && !adviser.wakes() {
        let advice = Diagnostic::advice(
            "no-waking",
            Span::default(),
            "nothing in the last part of this hypnosis wakes the listener",
        );
        adviser.advice.push(advice.with_help("count up at the end, and say \"open your eyes\""));
    }
    for question in &script.front.ask {
        if !adviser.used.contains(question.name.value.as_str()) {
            let name = &question.name;
            let advice = Diagnostic::advice(
                "unused-answer",
                name.span,
                format!("the answer \"{}\" is asked for and never used", name.value),
            );
            adviser
                .advice
                .push(advice.with_help(format!("write {{{{{}}}}} in the text, or take the question out", name.value)));
        }
    }
    let mut advice = adviser.advice;
    settle(&mut advice);
    advice
}

/// Whether a breath is the box that many know: four times four seconds.
fn is_box(phases: &[(BreathPhase, Length)]) -> bool {
    phases.len() == 4 && phases.iter().all(|(_, length)| *length == Length::Time(Duration::from_secs(4)))
}

#[derive(Default)]
struct Adviser {
    advice: Vec<Diagnostic>,
    /// The speech since the last silence and where it stands.
    block: String,
    place: Option<Span>,
    /// The paragraph before this place, for words that announce a silence.
    paragraph: String,
    /// All that is spoken, and names of answers that are used.
    all: String,
    used: BTreeSet<String>,
}

impl Adviser {
    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Heading { text, .. } => {
                    self.end_block();
                    self.note_answers(text);
                }
                Node::Text(inlines) => self.text(inlines),
                Node::ParagraphEnd => self.end_block(),
                Node::Direction(direction) => self.direction(direction),
                Node::If { arms, otherwise, .. } => {
                    for (condition, body) in arms {
                        self.used.insert(condition.key.value.clone());
                        self.end_block();
                        self.nodes(body);
                    }
                    self.end_block();
                    self.nodes(otherwise);
                }
                Node::Choose { options, .. } => {
                    for option in options {
                        self.end_block();
                        self.nodes(option);
                    }
                }
                Node::Repeat { body, .. } | Node::Include { body, .. } => self.nodes(body),
            }
        }
    }

    fn direction(&mut self, direction: &Spanned<Direction>) {
        match &direction.value {
            Direction::Pause { length, .. } | Direction::Silence { length } => {
                self.end_block();
                if let Length::Time(time) = length
                    && *time >= LONG_SILENCE
                    && !ANNOUNCES.iter().any(|word| self.paragraph.contains(word))
                {
                    let advice = Diagnostic::advice(
                        "unannounced-silence",
                        direction.span,
                        "a silence this long is not announced",
                    );
                    self.advice.push(advice.with_help("say before it that it will be quiet for a while"));
                }
            }
            Direction::Ellipsis(_) | Direction::Breath { .. } => self.end_block(),
            Direction::Breathe { phases, .. } => {
                self.end_block();
                let cycle: Duration = phases
                    .iter()
                    .filter_map(|(_, length)| if let Length::Time(time) = length { Some(*time) } else { None })
                    .sum();
                if cycle > LONG_BREATH && !is_box(phases) {
                    let message = format!("one breath takes {} s here", cycle.as_secs_f32());
                    let advice = Diagnostic::advice("long-breath", direction.span, message);
                    self.advice.push(advice.with_help("many are at ease with 8 to 12 s; 15 s is much"));
                }
            }
            Direction::Count { text: Some(text), .. } => {
                self.end_block();
                self.note_answers(text);
            }
            _ => {}
        }
    }

    fn note_answers(&mut self, inlines: &[Inline]) {
        let mut words = String::new();
        self.gather(inlines, &mut words);
    }

    /// Adds what is spoken, and returns where it stands.
    fn gather(&mut self, inlines: &[Inline], out: &mut String) -> Option<Span> {
        let mut place: Option<Span> = None;
        for inline in inlines {
            let span = match inline {
                Inline::Words(words) => {
                    out.push_str(&words.value);
                    Some(words.span)
                }
                Inline::Answer { name, default } => {
                    self.used.insert(name.value.clone());
                    out.push_str(default.as_deref().unwrap_or(&name.value));
                    Some(name.span)
                }
                Inline::Emphasis { content, .. } => self.gather(content, out),
                Inline::Say { shown, spoken } => {
                    out.push_str(spoken);
                    Some(shown.span)
                }
                Inline::Phonemes { shown, .. } => {
                    out.push_str(&shown.value);
                    Some(shown.span)
                }
            };
            place = match (place, span) {
                (Some(place), Some(span)) if place.file == span.file => {
                    Some(Span { end: span.end.max(place.end), ..place })
                }
                (place, span) => place.or(span),
            };
        }
        place
    }

    fn text(&mut self, inlines: &[Inline]) {
        let mut words = String::new();
        let place = self.gather(inlines, &mut words);
        self.block.push_str(&words);
        self.place = match (self.place, place) {
            (Some(before), Some(place)) if before.file == place.file => {
                Some(Span { end: place.end.max(before.end), ..before })
            }
            (before, place) => before.or(place),
        };
        self.all.push_str(&words.to_lowercase());
        self.all.push(' ');
    }

    fn end_block(&mut self) {
        let block = std::mem::take(&mut self.block);
        let (Some(span), false) = (self.place.take(), block.trim().is_empty()) else { return };
        let length = block.trim().chars().count();
        if !BLOCK.contains(&length) {
            let message = format!("{length} characters are spoken here between two silences");
            let help = if length < *BLOCK.start() {
                "a voice is at its best from 50 characters on; let the sentence stand beside another"
            } else {
                "a listener follows up to 250 at a time; put a ... or a blank line in between"
            };
            self.advice.push(Diagnostic::advice("block-length", span, message).with_help(help));
        }
        let longest = block.split(['.', '!', '?', ';']).map(|sentence| sentence.split_whitespace().count()).max();
        if let Some(words) = longest.filter(|words| *words > SENTENCE_WORDS) {
            let message = format!("a sentence of {words} words is hard to follow with eyes closed");
            self.advice.push(Diagnostic::advice("long-sentence", span, message).with_help("make two of it"));
        }
        self.paragraph = block.to_lowercase();
    }

    /// Whether the last fifth of what is spoken wakes the listener.
    fn wakes(&self) -> bool {
        let count = self.all.chars().count();
        let last: String = self.all.chars().skip(count - count / 5 - usize::from(count > 0)).collect();
        WAKES.iter().any(|word| last.contains(word))
    }
}
