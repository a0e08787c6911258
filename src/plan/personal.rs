//! Answers, conditions, choices, repeats and includes are settled: what is left is a flat list of steps for one person.

use super::Settings;
use crate::script::{
    self, Condition, Direction, Inline, Node, Script, Span, Spanned,
    diagnostic::{Diagnostic, MAX_FOUND},
};
use std::collections::{BTreeMap, BTreeSet};

/// How much longer the sounds of emphasized and strongly emphasized words last.
const EMPHASIS: f32 = 1.15;
const STRONG_EMPHASIS: f32 = 1.3;

/// How many nodes are visited at most: nested repeats of nothing would otherwise run for ever.
const MAX_STEPS: usize = 2_000_000;

/// One step of a session, for one person.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    Heading {
        runs: Vec<Run>,
        span: Span,
    },
    Text(Vec<Run>),
    ParagraphEnd,
    Direction(Spanned<Direction>),
    /// A count is one step a number, since its text may hold answers.
    Count {
        runs: Vec<Run>,
        every: crate::script::Length,
        span: Span,
    },
}

/// Text of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// As it is shown.
    pub shown: String,
    /// What is spoken when that is something else.
    pub said: Option<crate::script::Pronunciation>,
    /// How much longer its sounds last.
    pub stretch: f32,
    pub span: Span,
}

/// Settles everything that depends on the person.
pub(super) fn resolve(script: &Script, settings: &Settings) -> (Vec<Step>, Vec<Diagnostic>) {
    let mut walk = Walk {
        scopes: vec![BTreeMap::new()],
        questions: script.front.ask.iter().map(|q| q.name.value.clone()).collect(),
        used: BTreeSet::new(),
        reported: BTreeSet::new(),
        seed: settings.seed.or(script.front.seed).unwrap_or(super::pauses::DEFAULT_SEED),
        choices: 0,
        visited: 0,
        place: Span::default(),
        stopped: false,
        steps: Vec::new(),
        diagnostics: Vec::new(),
    };
    walk.answers(script, settings);
    walk.nodes(&script.body);
    let unused: Vec<_> = settings
        .answers
        .keys()
        .filter(|key| !walk.used.contains(*key) && !walk.questions.contains(*key) && !mentions(&script.body, key))
        .cloned()
        .collect();
    for key in unused {
        let known: BTreeSet<_> = walk.questions.union(&walk.used).cloned().collect();
        walk.diagnostics.push(
            Diagnostic::error("unknown-answer", Span::default(), format!("nothing in this script asks for \"{key}\""))
                .with_help(name_known(&known)),
        );
    }
    (walk.steps, walk.diagnostics)
}

/// Whether an answer is named anywhere, also where this person never comes.
fn mentions(nodes: &[Node], key: &str) -> bool {
    fn inline(inlines: &[Inline], key: &str) -> bool {
        inlines.iter().any(|inline_| match inline_ {
            Inline::Answer { name, .. } => name.value == key,
            Inline::Emphasis { content, .. } => inline(content, key),
            _ => false,
        })
    }
    nodes.iter().any(|node| match node {
        Node::Heading { text, .. } | Node::Text(text) => inline(text, key),
        Node::Direction(Spanned { value: Direction::Count { text: Some(text), .. }, .. }) => inline(text, key),
        Node::Repeat { body, .. } | Node::Include { body, .. } => mentions(body, key),
        Node::If { arms, otherwise, .. } => {
            arms.iter().any(|(c, body)| c.key.value == key || mentions(body, key)) || mentions(otherwise, key)
        }
        Node::Choose { options, .. } => options.iter().any(|body| mentions(body, key)),
        _ => false,
    })
}

fn name_known(known: &BTreeSet<String>) -> String {
    if known.is_empty() {
        "the script asks for nothing; declare questions under \"ask:\" above the text".to_owned()
    } else {
        format!("it asks for: {}", known.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

struct Walk {
    /// Answers, the innermost last.
    scopes: Vec<BTreeMap<String, String>>,
    questions: BTreeSet<String>,
    used: BTreeSet<String>,
    /// Places that were reported: a repeat says a mistake once.
    reported: BTreeSet<Span>,
    seed: u64,
    choices: u64,
    visited: usize,
    /// The place of what was visited last.
    place: Span,
    stopped: bool,
    steps: Vec<Step>,
    diagnostics: Vec<Diagnostic>,
}

impl Walk {
    fn error(&mut self, diagnostic: Diagnostic) {
        if self.reported.insert(diagnostic.span) {
            self.diagnostics.push(diagnostic);
            self.stopped |= self.diagnostics.len() >= MAX_FOUND;
        }
    }

    /// Answers that were given, checked against the questions, and defaults for the others.
    fn answers(&mut self, script: &Script, settings: &Settings) {
        let mut answers = settings.answers.clone();
        for question in &script.front.ask {
            let name = &question.name.value;
            match (answers.get(name), &question.default) {
                (Some(given), _) => {
                    let given = given.trim();
                    let allowed = |o: &String| o.trim().to_lowercase() == given.to_lowercase();
                    if !question.one_of.is_empty() && !question.one_of.iter().any(allowed) {
                        self.error(
                            Diagnostic::error(
                                "answer-not-allowed",
                                question.name.span,
                                format!("\"{given}\" is not an answer to \"{name}\""),
                            )
                            .with_help(format!("it is one of: {}", question.one_of.join(", "))),
                        );
                    }
                    if question.yes_no && script::yes(given).is_none() {
                        self.error(
                            Diagnostic::error(
                                "answer-not-allowed",
                                question.name.span,
                                format!("\"{given}\" is not an answer to \"{name}\""),
                            )
                            .with_help("answer yes or no"),
                        );
                    }
                }
                (None, Some(default)) => {
                    answers.insert(name.clone(), default.clone());
                }
                (None, None) => {}
            }
        }
        self.scopes[0] = answers;
    }

    fn answer(&mut self, name: &str) -> Option<String> {
        self.used.insert(name.to_owned());
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).cloned()
    }

    fn missing(&mut self, name: &Spanned<String>) {
        let known: BTreeSet<String> =
            self.scopes.iter().flat_map(BTreeMap::keys).cloned().chain(self.questions.iter().cloned()).collect();
        let message = if self.questions.contains(&name.value) {
            format!("\"{}\" has no answer", name.value)
        } else {
            format!("there is no answer called \"{}\"", name.value)
        };
        let nearest = known
            .iter()
            .map(|k| (strsim::damerau_levenshtein(k, &name.value), k))
            .filter(|(d, k)| *d > 0 && *d <= 1 + k.chars().count() / 3)
            .min();
        let help = match nearest {
            Some((_, nearest)) => format!("did you mean \"{nearest}\"?"),
            None => format!(
                "give one with --set {0}=..., ask for it under \"ask:\" above the text, or write {{{{{0}|default}}}}",
                name.value
            ),
        };
        self.error(Diagnostic::error("missing-answer", name.span, message).with_help(help));
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            if self.stopped {
                return;
            }
            self.visited += 1;
            if self.visited > MAX_STEPS || self.steps.len() > 2 * super::MAX_CUES {
                self.stopped = true;
                return self.error(too_many(self.place));
            }
            self.place = span_of(node).unwrap_or(self.place);
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Heading { text, span, .. } => {
                let runs = self.runs(text, 1.0);
                self.steps.push(Step::Heading { runs, span: *span });
            }
            Node::Text(text) => {
                let runs = self.runs(text, 1.0);
                self.steps.push(Step::Text(runs));
            }
            Node::ParagraphEnd => self.steps.push(Step::ParagraphEnd),
            Node::Direction(direction) => self.direction(direction),
            Node::Repeat { times, body, span } => {
                for n in 1..=*times {
                    self.scopes.push([("n".to_owned(), n.to_string())].into());
                    self.visited += 1;
                    self.nodes(body);
                    self.scopes.pop();
                    if self.stopped {
                        return;
                    }
                    if self.visited > MAX_STEPS {
                        self.stopped = true;
                        self.error(too_many(*span));
                        return;
                    }
                }
            }
            Node::If { arms, otherwise, .. } => {
                for (condition, body) in arms {
                    if self.holds(condition) {
                        return self.nodes(body);
                    }
                }
                self.nodes(otherwise);
            }
            Node::Choose { options, .. } => {
                let mut hash = blake3::Hasher::new();
                hash.update(b"choose").update(&self.seed.to_le_bytes()).update(&self.choices.to_le_bytes());
                self.choices += 1;
                let drawn = u64::from_le_bytes(std::array::from_fn(|i| hash.finalize().as_bytes()[i]));
                if let Some(body) = options.get((drawn % options.len().max(1) as u64) as usize) {
                    self.nodes(body);
                }
            }
            Node::Include { with, body, .. } => {
                self.scopes.push(with.iter().map(|(key, value)| (key.value.clone(), value.clone())).collect());
                self.nodes(body);
                self.scopes.pop();
            }
        }
    }

    fn direction(&mut self, direction: &Spanned<Direction>) {
        let Direction::Count { from, to, every, text } = &direction.value else {
            return self.steps.push(Step::Direction(direction.clone()));
        };
        let step = if from <= to { 1 } else { -1 };
        let mut n = *from;
        loop {
            if self.steps.len() > 2 * super::MAX_CUES {
                self.stopped = true;
                return self.error(too_many(direction.span));
            }
            self.scopes.push([("n".to_owned(), n.to_string())].into());
            let runs = match text {
                Some(text) => self.runs(text, 1.0),
                None => vec![Run { shown: format!("{n}."), said: None, stretch: 1.0, span: direction.span }],
            };
            self.scopes.pop();
            self.steps.push(Step::Count { runs, every: *every, span: direction.span });
            if n == *to {
                return;
            }
            n += step;
        }
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        let Some(answer) = self.answer(&condition.key.value) else {
            self.missing(&condition.key);
            return false;
        };
        condition.test.is_met_by(&answer)
    }

    fn runs(&mut self, inlines: &[Inline], stretch: f32) -> Vec<Run> {
        use crate::script::Pronunciation;
        let mut runs = Vec::with_capacity(inlines.len());
        for inline in inlines {
            if self.stopped {
                break;
            }
            match inline {
                Inline::Words(words) => {
                    runs.push(Run { shown: words.value.clone(), said: None, stretch, span: words.span });
                }
                Inline::Answer { name, default } => match self.answer(&name.value).or_else(|| default.clone()) {
                    Some(answer) => runs.push(Run { shown: answer, said: None, stretch, span: name.span }),
                    None => self.missing(name),
                },
                Inline::Emphasis { strong, content } => {
                    let emphasis = if *strong { STRONG_EMPHASIS } else { EMPHASIS };
                    runs.extend(self.runs(content, stretch * emphasis));
                }
                Inline::Say { shown, spoken } => runs.push(Run {
                    shown: shown.value.clone(),
                    said: Some(Pronunciation::Words(spoken.clone())),
                    stretch,
                    span: shown.span,
                }),
                Inline::Phonemes { shown, ipa } => runs.push(Run {
                    shown: shown.value.clone(),
                    said: Some(Pronunciation::Ipa(ipa.clone())),
                    stretch,
                    span: shown.span,
                }),
            }
        }
        runs
    }
}

/// The code of [`too_many`].
pub(super) const TOO_MANY: &str = "too-many-cues";

/// The session passes the most cues that it may have.
pub(super) fn too_many(span: Span) -> Diagnostic {
    Diagnostic::error(TOO_MANY, span, "the session has more than 100,000 steps")
        .with_help("repeat less, or make several sessions of it")
}

fn span_of(node: &Node) -> Option<Span> {
    match node {
        Node::Heading { span, .. }
        | Node::Repeat { span, .. }
        | Node::If { span, .. }
        | Node::Choose { span, .. }
        | Node::Include { span, .. } => Some(*span),
        Node::Direction(direction) => Some(direction.span),
        Node::Text(text) => text.first().map(|inline| match inline {
            Inline::Words(s) | Inline::Say { shown: s, .. } | Inline::Phonemes { shown: s, .. } => s.span,
            Inline::Answer { name, .. } => name.span,
            Inline::Emphasis { .. } => Span::default(),
        }),
        Node::ParagraphEnd => None,
    }
}
