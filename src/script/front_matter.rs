//! The keys above a script's text.

mod yaml;

use super::{
    BedDeclaration, BedSource, Category, FileId, FrontMatter, LexiconEntry, LoopMode, MasterKeys, MixKeys,
    PauseLengths, Pronunciation, Question, Span, Spanned,
    diagnostic::{Diagnostic, nearest},
    length,
};
use crate::audio::Decibels;
use std::time::Duration;
use yaml::{Located, Yaml};

/// Reads the front matter of a script; the result is its keys and the byte at which the body begins.
pub(super) fn read(text: &str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> (FrontMatter, usize) {
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let Some(first) = text[bom..].split_inclusive('\n').next().filter(|line| line.trim_end() == "---") else {
        return (FrontMatter::default(), bom);
    };
    let start = bom + first.len();
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            let mut reader = Reader { file, diagnostics };
            return (reader.read(&text[start..at], start), at + line.len());
        }
        at += line.len();
    }
    let span = Span { file, start: bom, end: bom + 3 };
    let diagnostic = Diagnostic::error("unclosed-front-matter", span, "the front matter is not closed");
    diagnostics.push(diagnostic.with_help("write --- on a line of its own below its last key"));
    (FrontMatter::default(), text.len())
}

struct Reader<'a> {
    file: FileId,
    diagnostics: &'a mut Vec<Diagnostic>,
}

const KEYS: [&str; 16] = [
    "title",
    "author",
    "date",
    "category",
    "voice",
    "pace",
    "duration",
    "pauses",
    "beds",
    "mix",
    "master",
    "ask",
    "lexicon",
    "tags",
    "speak_headings",
    "seed",
];
const ALSO: [&str; 2] = ["language", "description"];

const CATEGORIES: [(&str, Category); 5] = [
    ("sleep", Category::Sleep),
    ("mindfulness", Category::Mindfulness),
    ("stress", Category::Stress),
    ("hypnosis", Category::Hypnosis),
    ("story", Category::Story),
];

impl Reader<'_> {
    fn span(&self, located: &Located) -> Span {
        Span { file: self.file, start: located.start, end: located.end }
    }

    fn error(&mut self, at: &Located, message: impl Into<String>, help: impl Into<String>) {
        let span = self.span(at);
        self.diagnostics.push(Diagnostic::error("front-matter", span, message).with_help(help));
    }

    fn read(&mut self, text: &str, start: usize) -> FrontMatter {
        let mut front = FrontMatter::default();
        let root = match yaml::read(text, start) {
            Ok(root) => root,
            Err((message, at)) => {
                let end = at + text.get(at - start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
                let span = Span { file: self.file, start: at, end };
                self.diagnostics.push(
                    Diagnostic::error("front-matter", span, format!("the front matter cannot be read: {message}"))
                        .with_help("it is YAML: \"key: value\" on each line, nested keys further in"),
                );
                return front;
            }
        };
        let known: Vec<&str> = KEYS.iter().chain(&ALSO).copied().collect();
        if root.value == Yaml::Null {
            return front;
        }
        for (key, value) in self.map(&root, "the front matter") {
            let name = Self::key(&key);
            match name.as_str() {
                "title" => front.title = self.words(&value),
                "author" => front.author = self.words(&value),
                "date" => front.date = self.date(&value),
                "description" => front.description = self.words(&value),
                "category" => front.category = self.choice(&value, &CATEGORIES),
                "voice" => front.voice = self.spanned(&value),
                "language" => front.language = self.spanned(&value),
                "pace" => front.pace = self.number(&value, 0.5, 1.5).map(|pace| pace as f32),
                "duration" => {
                    let span = self.span(&value);
                    front.duration = self.duration(&value).map(|value| Spanned { value, span });
                }
                "pauses" => front.pauses = self.pauses(&value),
                "beds" => front.beds = self.beds(&value),
                "mix" => front.mix = self.mix(&value),
                "master" => front.master = self.master(&value),
                "ask" => front.ask = self.ask(&value),
                "lexicon" => front.lexicon = self.lexicon(&value),
                "tags" => front.tags = self.list(&value),
                "speak_headings" => front.speak_headings = self.yes_no(&value),
                "seed" => front.seed = self.number(&value, 0.0, 9_007_199_254_740_992.0).map(|seed| seed as u64),
                _ => self.unknown(&key, &name, "the front matter", &known),
            }
        }
        front
    }

    fn unknown(&mut self, at: &Located, name: &str, place: &str, known: &[&str]) {
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("keys here are {}", known.join(", ")),
        };
        self.error(at, format!("{place} has no key \"{name}\""), help);
    }

    fn key(key: &Located) -> String {
        match &key.value {
            Yaml::Text(text) => text.clone(),
            Yaml::Number(_, written) => written.clone(),
            Yaml::Bool(value) => value.to_string(),
            _ => String::new(),
        }
    }

    fn map(&mut self, value: &Located, what: &str) -> Vec<(Located, Located)> {
        match &value.value {
            Yaml::Map(map) => map.clone(),
            Yaml::Null => Vec::new(),
            _ => {
                self.error(value, format!("{what} holds keys and values"), "write \"key: value\", one a line");
                Vec::new()
            }
        }
    }

    fn words(&mut self, value: &Located) -> Option<String> {
        match &value.value {
            Yaml::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Yaml::Number(_, written) => Some(written.clone()),
            Yaml::Bool(value) => Some(if *value { "yes" } else { "no" }.to_owned()),
            Yaml::Null => None,
            _ => {
                self.error(value, "this is text", "put it in quotation marks");
                None
            }
        }
    }

    /// A year, a month or a day, as files say it.
    fn date(&mut self, value: &Located) -> Option<String> {
        let text = self.words(value)?;
        let parts: Vec<&str> = text.split('-').collect();
        let number = |at: usize, digits: usize, most: u32| {
            parts.get(at).is_none_or(|part| {
                part.len() == digits && part.parse().is_ok_and(|number: u32| (1..=most).contains(&number))
            })
        };
        let date = parts.len() <= 3 && number(0, 4, 9999) && number(1, 2, 12) && number(2, 2, 31);
        if !date {
            self.error(value, format!("\"{text}\" is not a date"), "write 2026-11-22, 2026-11 or 2026");
        }
        date.then_some(text)
    }

    fn spanned(&mut self, value: &Located) -> Option<Spanned<String>> {
        let span = self.span(value);
        self.words(value).map(|value| Spanned { value, span })
    }

    fn list(&mut self, value: &Located) -> Vec<String> {
        match &value.value {
            Yaml::List(list) => list.clone().iter().filter_map(|item| self.words(item)).collect(),
            _ => self.words(value).into_iter().collect(),
        }
    }

    fn yes_no(&mut self, value: &Located) -> Option<bool> {
        match &value.value {
            Yaml::Bool(value) => Some(*value),
            Yaml::Text(text) if text.eq_ignore_ascii_case("yes") => Some(true),
            Yaml::Text(text) if text.eq_ignore_ascii_case("no") => Some(false),
            _ => {
                self.error(value, "this is true or false", "write true or false");
                None
            }
        }
    }

    fn choice<T: Copy>(&mut self, value: &Located, choices: &[(&str, T)]) -> Option<T> {
        let text = self.words(value)?;
        let found = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text)).map(|(_, choice)| *choice);
        if found.is_none() {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let near = nearest(&text, names.iter().copied())
                .map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
            self.error(
                value,
                format!("\"{text}\" is not known here"),
                format!("{near}It is one of {}", names.join(", ")),
            );
        }
        found
    }

    fn number(&mut self, value: &Located, low: f64, high: f64) -> Option<f64> {
        let number = match &value.value {
            Yaml::Number(number, _) => Some(*number),
            Yaml::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        let allowed = number.filter(|number| (low..=high).contains(number));
        if allowed.is_none() {
            self.error(value, "this is not a number that is allowed here", format!("it is {low} to {high}"));
        }
        allowed
    }

    /// A number with a unit that may be left out.
    fn measure(&mut self, value: &Located, units: &[&str], low: f64, high: f64) -> Option<f64> {
        let number = match &value.value {
            Yaml::Number(number, _) => Some(*number),
            Yaml::Text(text) => units.iter().find_map(|unit| length::with_unit(text, unit)),
            _ => None,
        };
        let allowed = number.filter(|number| (low..=high).contains(number));
        if allowed.is_none() {
            let unit = units.first().copied().unwrap_or("");
            self.error(
                value,
                format!("this is not a value in {unit} that is allowed here"),
                format!("it is {low} to {high} {unit}"),
            );
        }
        allowed
    }

    fn level(&mut self, value: &Located, low: f64, high: f64) -> Option<Decibels> {
        self.measure(value, &["dB", "dBFS"], low, high).map(|level| Decibels(level as f32))
    }

    fn duration(&mut self, value: &Located) -> Option<Duration> {
        let text = match &value.value {
            Yaml::Number(_, written) => written.clone(),
            Yaml::Text(text) => text.clone(),
            _ => String::new(),
        };
        let duration = length::duration(&text);
        if duration.is_none() {
            self.error(value, "this is not a duration", length::SPELLINGS);
        }
        duration
    }

    fn pauses(&mut self, value: &Located) -> PauseLengths {
        let mut pauses = PauseLengths::default();
        for (key, value) in self.map(value, "\"pauses\"") {
            let name = Self::key(&key);
            let slot = match name.as_str() {
                "sentence" => &mut pauses.sentence,
                "paragraph" => &mut pauses.paragraph,
                "heading" => &mut pauses.heading,
                "ellipsis" => &mut pauses.ellipsis,
                "breath" => &mut pauses.breath,
                _ => {
                    let known = ["sentence", "paragraph", "heading", "ellipsis", "breath"];
                    self.unknown(&key, &name, "\"pauses\"", &known);
                    continue;
                }
            };
            *slot = self.duration(&value);
        }
        pauses
    }

    fn mix(&mut self, value: &Located) -> MixKeys {
        let mut mix = MixKeys::default();
        for (key, value) in self.map(value, "\"mix\"") {
            let name = Self::key(&key);
            match name.as_str() {
                "duck" => mix.duck = self.level(&value, 0.0, 40.0),
                "lift" => mix.lift = self.level(&value, 0.0, 12.0),
                "room" => mix.room = self.level(&value, -120.0, -40.0),
                "fade_in" => mix.fade_in = self.duration(&value),
                "fade_out" => mix.fade_out = self.duration(&value),
                "attack" => mix.attack = self.duration(&value),
                "release" => mix.release = self.duration(&value),
                _ => {
                    let known = ["duck", "lift", "fade_in", "fade_out", "attack", "release", "room"];
                    self.unknown(&key, &name, "\"mix\"", &known);
                }
            }
        }
        mix
    }

    fn master(&mut self, value: &Located) -> MasterKeys {
        let mut master = MasterKeys::default();
        for (key, value) in self.map(value, "\"master\"") {
            let name = Self::key(&key);
            match name.as_str() {
                "preset" => master.preset = self.spanned(&value),
                "loudness" => {
                    master.loudness = self.measure(&value, &["LUFS", "LKFS"], -40.0, -5.0).map(|lufs| lufs as f32);
                }
                "true_peak" => {
                    master.true_peak = self.measure(&value, &["dBTP", "dB"], -20.0, 0.0).map(|peak| peak as f32);
                }
                _ => self.unknown(&key, &name, "\"master\"", &["preset", "loudness", "true_peak"]),
            }
        }
        master
    }

    fn beds(&mut self, value: &Located) -> Vec<BedDeclaration> {
        let mut beds = Vec::new();
        for (key, value) in self.map(value, "\"beds\"") {
            let name = Spanned { value: Self::key(&key), span: self.span(&key) };
            if beds.len() == 32 {
                self.error(&key, "there are more than 32 beds", "a session has at most 32 beds");
                break;
            }
            // `rain: night-rain` is short for `rain: { recipe: night-rain }`.
            if matches!(value.value, Yaml::Text(_)) {
                let source = self.spanned(&value).map(BedSource::Recipe);
                beds.extend(source.map(|source| BedDeclaration {
                    name,
                    source,
                    level: None,
                    looping: None,
                    loop_points: None,
                }));
                continue;
            }
            let (mut recipe, mut file, mut level, mut looping, mut loop_points) = (None, None, None, None, None);
            for (key, value) in self.map(&value, "a bed") {
                let name = Self::key(&key);
                match name.as_str() {
                    "recipe" => recipe = self.spanned(&value),
                    "file" => file = self.spanned(&value),
                    "level" => level = self.level(&value, -90.0, 12.0),
                    "loop" => looping = self.looping(&value),
                    "loop_points" => loop_points = self.loop_points(&value),
                    _ => self.unknown(&key, &name, "a bed", &["recipe", "file", "level", "loop", "loop_points"]),
                }
            }
            let source = match (recipe, file) {
                (Some(recipe), None) => BedSource::Recipe(recipe),
                (None, Some(file)) => BedSource::File(file),
                _ => {
                    let help = "write { recipe: NAME } or { file: PATH }";
                    self.error(&key, format!("the bed \"{}\" needs a recipe or a file", name.value), help);
                    continue;
                }
            };
            beds.push(BedDeclaration { name, source, level, looping, loop_points });
        }
        beds
    }

    fn looping(&mut self, value: &Located) -> Option<LoopMode> {
        match &value.value {
            Yaml::Bool(false) => Some(LoopMode::Once),
            Yaml::Bool(true) => None,
            Yaml::Text(text) if text.eq_ignore_ascii_case("shuffle") => Some(LoopMode::Shuffle),
            Yaml::Text(text) if text.eq_ignore_ascii_case("once") => Some(LoopMode::Once),
            _ => self.duration(value).map(LoopMode::Crossfade),
        }
    }

    fn loop_points(&mut self, value: &Located) -> Option<(Duration, Duration)> {
        let Yaml::List(list) = &value.value else {
            self.error(value, "these are two times", "write [2s, 58s]");
            return None;
        };
        let times: Vec<Duration> = list.clone().iter().filter_map(|item| self.duration(item)).collect();
        match times[..] {
            [from, to] if from < to => Some((from, to)),
            _ => {
                self.error(value, "these are two times, the first before the second", "write [2s, 58s]");
                None
            }
        }
    }

    fn ask(&mut self, value: &Located) -> Vec<Question> {
        let mut questions = Vec::new();
        for (key, value) in self.map(value, "\"ask\"") {
            let name = Spanned { value: Self::key(&key), span: self.span(&key) };
            let mut question = Question {
                say: String::new(),
                default: None,
                one_of: Vec::new(),
                yes_no: false,
                about: Vec::new(),
                name,
            };
            for (key, value) in self.map(&value, "a question") {
                let name = Self::key(&key);
                match name.as_str() {
                    "say" => question.say = self.words(&value).unwrap_or_default(),
                    "default" => question.default = self.words(&value),
                    "one_of" => question.one_of = self.list(&value),
                    "yes_no" => question.yes_no = self.yes_no(&value).unwrap_or(false),
                    "about" => question.about = self.list(&value),
                    _ => self.unknown(&key, &name, "a question", &["say", "default", "one_of", "yes_no", "about"]),
                }
            }
            if question.say.is_empty() {
                question.say = format!("{}?", question.name.value);
            }
            if let Some(default) = &question.default
                && !question.one_of.is_empty()
                && !question.one_of.iter().any(|option| option.eq_ignore_ascii_case(default))
            {
                let help = format!("it is one of {}", question.one_of.join(", "));
                self.error(&value, format!("the default \"{default}\" is not among the answers"), help);
            }
            questions.push(question);
        }
        questions
    }

    fn lexicon(&mut self, value: &Located) -> Vec<LexiconEntry> {
        let mut lexicon = Vec::new();
        for (key, value) in self.map(value, "\"lexicon\"") {
            let word = Spanned { value: Self::key(&key), span: self.span(&key) };
            let Some(text) = self.words(&value) else { continue };
            let said = match text.strip_prefix('/').and_then(|text| text.strip_suffix('/')) {
                Some(ipa) if !ipa.trim().is_empty() => Pronunciation::Ipa(ipa.trim().to_owned()),
                _ => Pronunciation::Words(text),
            };
            lexicon.push(LexiconEntry { word, said });
        }
        lexicon
    }
}
