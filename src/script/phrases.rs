//! Files of `phrase;seconds` lines: each phrase is spoken and followed by so much silence; `*` is silence alone.

use super::{Direction, FileId, Inline, Length, Node, Span, Spanned, diagnostic::Diagnostic, length};

/// Whether every line of a text is a phrase and a number of seconds.
pub(super) fn is_phrases(text: &str) -> bool {
    let mut any = false;
    for line in lines(text).map(|(_, line)| line) {
        // One line that is something else makes it a script.
        match line.rsplit_once(';') {
            Some((_, seconds)) if seconds_of(seconds).is_some() => any = true,
            _ => return false,
        }
    }
    any
}

/// Reads such a file.
pub(super) fn read(text: &str, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (at, line) in lines(text) {
        let Some((phrase, seconds)) = line.rsplit_once(';') else { continue };
        let span = |start: usize, end: usize| Span { file, start: at + start, end: at + end };
        let words = phrase.trim();
        if !matches!(words, "" | "*") {
            let start = phrase.len() - phrase.trim_start().len();
            let place = span(start, start + words.len());
            nodes.push(Node::Text(vec![Inline::Words(Spanned { value: words.to_owned(), span: place })]));
        }
        let place = span(phrase.len() + 1, line.len());
        match length::length(seconds) {
            Ok(length @ Length::Time(_)) => {
                let value = Direction::Pause { length, elastic: false };
                nodes.push(Node::Direction(Spanned { value, span: place }));
            }
            _ => diagnostics.push(
                Diagnostic::error("bad-duration", place, "this is not a number of seconds")
                    .with_help(length::SPELLINGS),
            ),
        }
    }
    nodes
}

fn seconds_of(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// Lines with something on them, and the byte that each begins at.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let bom = if start == 0 && line.starts_with('\u{feff}') { 3 } else { 0 };
        let bare = line[bom..].trim_end();
        (!bare.trim().is_empty()).then_some((start + bom, bare))
    })
}
