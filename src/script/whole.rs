//! A script as one text, with all that it includes, to be carried away.

use super::{
    Condition, Direction, Inline, Node, Script, Source, Span, Spanned, include::normalized, is_sound_file, write,
};
use std::path::{Component, Path, PathBuf};

/// Answers that an include gives to what it includes, the innermost first.
type Given = Vec<(String, String)>;

/// A text that gives the same session without any other script: the script as it was written when it includes none,
/// otherwise its canonical form with the others' words in the place of `[include]`.
#[must_use]
pub fn whole(script: &Script) -> String {
    if !includes(&script.body) {
        return script.sources.first().map_or_else(|| write(script), |source| source.text.to_string());
    }
    let body = Flat { sources: &script.sources }.nodes(&script.body, &Given::new());
    write(&Script { body, ..script.clone() })
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

struct Flat<'a> {
    sources: &'a [Source],
}

impl Flat<'_> {
    /// The nodes with included ones among them. What is given decides the conditions that ask for it.
    fn nodes(&self, nodes: &[Node], given: &Given) -> Vec<Node> {
        // `{{n}}` counts inside of a repeat and a count, whatever was given.
        let counted = || given.iter().filter(|(name, _)| name != "n").cloned().collect::<Given>();
        let mut out = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Node::Include { with, body, .. } => {
                    let with = with.iter().map(|(name, value)| (name.value.clone(), value.clone()));
                    out.extend(self.nodes(body, &with.chain(given.iter().cloned()).collect()));
                }
                Node::Heading { level, text, span } => {
                    out.push(Node::Heading { level: *level, text: told(text, given), span: *span });
                }
                Node::Text(text) => out.push(Node::Text(told(text, given))),
                Node::Direction(Spanned { value, span }) => {
                    let mut value = value.clone();
                    match &mut value {
                        Direction::Count { text: Some(text), .. } => *text = told(text, &counted()),
                        Direction::Sound { file, .. } => *file = self.path(file, *span),
                        Direction::Bell { name: Some(name), .. } if is_sound_file(name) => {
                            *name = self.path(name, *span);
                        }
                        _ => {}
                    }
                    out.push(Node::Direction(Spanned { value, span: *span }));
                }
                Node::Repeat { times, body, span } => {
                    out.push(Node::Repeat { times: *times, body: self.nodes(body, &counted()), span: *span });
                }
                Node::If { arms, otherwise, span } => out.extend(self.arms(arms, otherwise, *span, given)),
                Node::Choose { options, span } => {
                    let options = options.iter().map(|body| self.nodes(body, given)).collect();
                    out.push(Node::Choose { options, span: *span });
                }
                Node::ParagraphEnd => out.push(node.clone()),
            }
        }
        out
    }

    fn arms(&self, arms: &[(Condition, Vec<Node>)], otherwise: &[Node], span: Span, given: &Given) -> Vec<Node> {
        let mut open = Vec::new();
        let mut last = otherwise;
        for (condition, body) in arms {
            match given.iter().find(|(name, _)| *name == condition.key.value) {
                Some((_, answer)) if condition.test.is_met_by(answer) => {
                    last = body;
                    break;
                }
                Some(_) => {}
                None => open.push((condition.clone(), self.nodes(body, given))),
            }
        }
        let otherwise = self.nodes(last, given);
        if open.is_empty() { otherwise } else { vec![Node::If { arms: open, otherwise, span }] }
    }

    /// The path of a sound file as the outermost script would write it: an included one names it from its own folder.
    fn path(&self, file: &str, span: Span) -> String {
        let folder = |source: &Source| source.path.parent().map(Path::to_owned).unwrap_or_default();
        let (Some(first), Some(own)) = (self.sources.first(), self.sources.get(span.file.0 as usize)) else {
            return file.to_owned();
        };
        if own.path == first.path {
            return file.to_owned();
        }
        let path = relative(&folder(own).join(file), &folder(first)).to_string_lossy().into_owned();
        if is_sound_file(&path) { path } else { format!("./{path}") }
    }
}

/// The way to a file from a folder.
fn relative(path: &Path, folder: &Path) -> PathBuf {
    let absolute = |path: &Path| std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| normalized(&path));
    let (path, folder) = (absolute(path), absolute(&folder.join(".")));
    let (mut way, mut from) = (path.components().peekable(), folder.components().peekable());
    while way.peek().is_some() && way.peek() == from.peek() {
        way.next();
        from.next();
    }
    from.map(|_| Component::ParentDir).chain(way).collect()
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
