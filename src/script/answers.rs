//! Which answers a script uses, and how they are compared.

use super::{Direction, Inline, Node, Script, Spanned, Test};
use std::collections::BTreeSet;

/// Names of all answers that a script's text or conditions name, also those that it gives to its own includes.
#[must_use]
pub fn answers(script: &Script) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    nodes(&script.body, &mut names);
    names
}

impl Test {
    /// Whether an answer meets it.
    #[must_use]
    pub fn is_met_by(&self, answer: &str) -> bool {
        let same = |value: &Spanned<String>| {
            let (a, b) = (answer.trim().to_lowercase(), value.value.trim().to_lowercase());
            a == b || matches!((yes(&a), yes(&b)), (Some(x), Some(y)) if x == y)
        };
        let agrees = || yes(answer).unwrap_or(!answer.trim().is_empty());
        match self {
            Self::Yes => agrees(),
            Self::No => !agrees(),
            Self::Equals(value) => same(value),
            Self::Differs(value) => !same(value),
        }
    }
}

/// Whether an answer is yes; nothing when it is neither yes nor no.
pub(crate) fn yes(answer: &str) -> Option<bool> {
    match answer.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "on" | "1" => Some(true),
        "no" | "n" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn nodes<'a>(body: &'a [Node], names: &mut BTreeSet<&'a str>) {
    for node in body {
        match node {
            Node::Heading { text, .. } | Node::Text(text) => inlines(text, names),
            Node::Direction(Spanned { value: Direction::Count { text: Some(text), .. }, .. }) => inlines(text, names),
            Node::Direction(_) | Node::ParagraphEnd => {}
            Node::Repeat { body, .. } | Node::Include { body, .. } => nodes(body, names),
            Node::If { arms, otherwise, .. } => {
                for (condition, body) in arms {
                    names.insert(&condition.key.value);
                    nodes(body, names);
                }
                nodes(otherwise, names);
            }
            Node::Choose { options, .. } => options.iter().for_each(|body| nodes(body, names)),
        }
    }
}

fn inlines<'a>(text: &'a [Inline], names: &mut BTreeSet<&'a str>) {
    for inline in text {
        match inline {
            Inline::Answer { name, .. } => drop(names.insert(&name.value)),
            Inline::Emphasis { content, .. } => inlines(content, names),
            Inline::Words(_) | Inline::Say { .. } | Inline::Phonemes { .. } => {}
        }
    }
}
