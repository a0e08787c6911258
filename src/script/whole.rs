//! A script as one text, with all that it includes, to be carried away.

use super::{Direction, Inline, Node, Script, Spanned, write};

/// Answers that an include gives to what it includes, the innermost first.
type Given = Vec<(String, String)>;

/// A text that gives the same session without any other script: the script as it was written when it includes none,
/// otherwise its canonical form with the others' words in the place of `[include]`.
///
/// Where an included script asks with `[if]` for what its include gives it, the text is the script's own, includes and all.
#[must_use]
pub fn whole(script: &Script) -> String {
    let own = || script.sources.first().map_or_else(|| write(script), |source| source.text.to_string());
    if !includes(&script.body) {
        return own();
    }
    match flat(&script.body, &Given::new()) {
        Some(body) => write(&Script { body, ..script.clone() }),
        None => own(),
    }
}

fn includes(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Include { .. } => true,
        Node::Repeat { body, .. } => includes(body),
        Node::If { arms, otherwise, .. } => arms.iter().any(|(_, body)| includes(body)) || includes(otherwise),
        Node::Choose { options, .. } => options.iter().any(|body| includes(body)),
        Node::Heading { .. } | Node::Text(_) | Node::ParagraphEnd | Node::Direction(_) => false,
    })
}

/// The nodes with included ones among them; nothing when what is given decides a condition.
fn flat(nodes: &[Node], given: &Given) -> Option<Vec<Node>> {
    // `{{n}}` counts inside of a repeat and a count, whatever was given.
    let counted = || given.iter().filter(|(name, _)| name != "n").cloned().collect::<Given>();
    let mut out = Vec::with_capacity(nodes.len());
    for node in nodes {
        match node {
            Node::Include { with, body, .. } => {
                let with = with.iter().map(|(name, value)| (name.value.clone(), value.clone()));
                out.extend(flat(body, &with.chain(given.iter().cloned()).collect())?);
            }
            Node::Heading { level, text, span } => {
                out.push(Node::Heading { level: *level, text: told(text, given), span: *span });
            }
            Node::Text(text) => out.push(Node::Text(told(text, given))),
            Node::Direction(Spanned { value: Direction::Count { from, to, every, text: Some(text) }, span }) => {
                let text = Some(told(text, &counted()));
                let value = Direction::Count { from: *from, to: *to, every: *every, text };
                out.push(Node::Direction(Spanned { value, span: *span }));
            }
            Node::Repeat { times, body, span } => {
                out.push(Node::Repeat { times: *times, body: flat(body, &counted())?, span: *span });
            }
            Node::If { arms, otherwise, span } => {
                if arms.iter().any(|(condition, _)| given.iter().any(|(name, _)| *name == condition.key.value)) {
                    return None;
                }
                let arms = arms.iter().map(|(condition, body)| Some((condition.clone(), flat(body, given)?)));
                let arms = arms.collect::<Option<_>>()?;
                out.push(Node::If { arms, otherwise: flat(otherwise, given)?, span: *span });
            }
            Node::Choose { options, span } => {
                let options = options.iter().map(|body| flat(body, given)).collect::<Option<_>>()?;
                out.push(Node::Choose { options, span: *span });
            }
            Node::ParagraphEnd | Node::Direction(_) => out.push(node.clone()),
        }
    }
    Some(out)
}

/// The words with what is given in the place of its names.
fn told(text: &[Inline], given: &Given) -> Vec<Inline> {
    text.iter()
        .map(|inline| match inline {
            Inline::Answer { name, .. } => match given.iter().find(|(known, _)| *known == name.value) {
                Some((_, value)) => Inline::Words(Spanned { value: value.clone(), span: name.span }),
                None => inline.clone(),
            },
            Inline::Emphasis { strong, content } => Inline::Emphasis { strong: *strong, content: told(content, given) },
            Inline::Words(_) | Inline::Say { .. } | Inline::Phonemes { .. } => inline.clone(),
        })
        .collect()
}
