//! Arguments of a direction.

use super::super::{Span, diagnostic::Diagnostic};

/// One argument and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::script) struct Arg {
    pub text: String,
    pub span: Span,
    pub quoted: bool,
}

impl Arg {
    pub(super) fn is(&self, word: &str) -> bool {
        !self.quoted && self.text.eq_ignore_ascii_case(word)
    }
}

/// A character of a script and the byte it begins at.
pub(in crate::script) type Glyph = (usize, char);

/// Cuts arguments at spaces, commas, `=` and `!=`; what stands in quotes is one.
pub(super) fn split(glyphs: &[Glyph], span: Span) -> Result<Vec<Arg>, Diagnostic> {
    let end_of = |i: usize| glyphs.get(i).map_or(span.end - 1, |(at, _)| *at);
    let place = |from: usize, to: usize| Span { file: span.file, start: end_of(from), end: end_of(to) };
    let mut args: Vec<Arg> = Vec::new();
    let mut i = 0;
    while i < glyphs.len() {
        let c = glyphs[i].1;
        if c.is_whitespace() || c == ',' || (c == ':' && args.len() == 1) {
            i += 1;
        } else if matches!(c, '"' | '“' | '”') {
            let from = i + 1;
            i = from;
            while i < glyphs.len() && !matches!(glyphs[i].1, '"' | '“' | '”') {
                i += 1;
            }
            if i == glyphs.len() {
                return Err(Diagnostic::error(
                    "unclosed-quote",
                    place(from - 1, from),
                    "this quotation mark is not closed",
                )
                .with_help("write a \" at the end of the text"));
            }
            let text = glyphs[from..i].iter().map(|(_, c)| c).collect();
            args.push(Arg { text, span: place(from, i), quoted: true });
            i += 1;
        } else if matches!(c, '=' | '|') || (c == '!' && glyphs.get(i + 1).is_some_and(|(_, c)| *c == '=')) {
            let length = if c == '!' { 2 } else { 1 };
            let text = glyphs[i..i + length].iter().map(|(_, c)| c).collect();
            args.push(Arg { text, span: place(i, i + length), quoted: false });
            i += length;
        } else {
            let from = i;
            let first = args.is_empty();
            while i < glyphs.len() {
                let c = glyphs[i].1;
                let operator =
                    matches!(c, '=' | '|' | '"') || (c == '!' && glyphs.get(i + 1).is_some_and(|g| g.1 == '='));
                if c.is_whitespace() || c == ',' || operator || (first && c == ':') {
                    break;
                }
                i += 1;
            }
            let text = glyphs[from..i].iter().map(|(_, c)| c).collect();
            args.push(Arg { text, span: place(from, i), quoted: false });
        }
    }
    Ok(args)
}

/// Several arguments as one.
pub(super) fn joined(args: &[Arg]) -> Arg {
    let text = args.iter().map(|arg| arg.text.as_str()).collect::<Vec<_>>().join(" ");
    let span = match (args.first(), args.last()) {
        (Some(first), Some(last)) => Span { end: last.span.end, ..first.span },
        _ => Span::default(),
    };
    Arg { text, span, quoted: args.iter().any(|arg| arg.quoted) }
}
