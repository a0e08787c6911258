//! Which answers a script uses.

use super::{Direction, Inline, Node, Script, Spanned};
use std::collections::BTreeSet;

/// Names of all answers that a script's text or conditions name, also those that it gives to its own includes.
#[must_use]
pub fn answers(script: &Script) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    nodes(&script.body, &mut names);
    names
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
