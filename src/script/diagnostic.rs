//! What is wrong or could be better in a script, drawn into its text.

use super::{Source, Span};
use std::fmt::Write as _;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The script cannot be rendered.
    Error,
    /// Something is left out or guessed.
    Warning,
    /// It can be rendered and might be better.
    Advice,
}

/// One remark on a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// A name that does not change when the words do.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where; an empty span at the start of the script when it is about the whole.
    pub span: Span,
    /// What is allowed, and what to do.
    pub help: Option<String>,
}

/// A place in a file as an editor counts it, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column in characters.
    pub column: usize,
}

/// Where a byte of a text is.
#[must_use]
pub fn position(text: &str, at: usize) -> Position {
    let at = floor(text, at);
    let before = &text.as_bytes()[..at];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |i| i + 1);
    Position {
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        column: text[start..at].trim_start_matches('\u{feff}').chars().count() + 1,
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The widest part of a line that is shown.
const WINDOW: usize = 110;

impl Diagnostic {
    /// A mistake.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), span, help: None }
    }

    /// Something that is left out or guessed.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Something that might be better.
    #[must_use]
    pub fn advice(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, ..Self::error(code, span, message) }
    }

    /// The same, with what is allowed or what to do.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Draws it for a person: what, where, the line with a caret, and what to do.
    #[must_use]
    pub fn render(&self, sources: &[Source], colour: bool) -> String {
        let paint = |code: &str, text: &str| {
            if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
        };
        let (label, code) = match self.severity {
            Severity::Error => ("error", "1;31"),
            Severity::Warning => ("warning", "1;33"),
            Severity::Advice => ("advice", "1;36"),
        };
        let mut out = format!("{}: {}\n", paint(code, label), self.message);
        if let Some(source) = sources.get(self.span.file.0 as usize) {
            let place = position(&source.text, self.span.start);
            let about_all = self.span.start == 0 && self.span.end == 0;
            if about_all {
                let _ = writeln!(out, "  {} {}", paint("34", "-->"), source.path.display());
            } else {
                let (line, column) = (place.line, place.column);
                let _ = writeln!(out, "  {} {}:{line}:{column}", paint("34", "-->"), source.path.display());
                let (shown, caret) = self.excerpt(&source.text);
                let gutter = line.to_string();
                let blank = " ".repeat(gutter.len());
                let _ = writeln!(out, "{}", paint("34", &format!("{blank} |")));
                let _ = writeln!(out, "{} {shown}", paint("34", &format!("{gutter} |")));
                let _ = writeln!(out, "{} {}", paint("34", &format!("{blank} |")), paint(code, &caret));
            }
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "  {} {help}", paint("34", "="));
        }
        out
    }

    /// The line, or the part of it around the span, and the carets under it.
    fn excerpt(&self, text: &str) -> (String, String) {
        let start = floor(text, self.span.start);
        let from = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let to = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let end = floor(text, self.span.end).clamp(start, to);
        let before = text[from..start].chars().rev().take(WINDOW / 2).collect::<Vec<_>>();
        let cut_before = text[from..start].chars().nth(WINDOW / 2).is_some();
        let room = WINDOW - before.len();
        let marked: String = text[start..end].chars().take(room).collect();
        let rest: Vec<char> = text[start + marked.len()..to].trim_end().chars().take(room).collect();
        let after: String = rest.iter().take(room - marked.chars().count().min(room)).collect();
        let clean = |c: char| {
            if c == '\u{feff}' {
                None
            } else if c.is_control() {
                Some(' ')
            } else {
                Some(c)
            }
        };
        let before: String = before.into_iter().rev().filter_map(clean).collect();
        let lead = if cut_before { "…" } else { "" };
        let shown: String = format!("{lead}{before}{marked}{after}").chars().filter_map(clean).collect();
        let indent = lead.chars().count() + width(&before);
        (shown.trim_end().to_owned(), format!("{}{}", " ".repeat(indent), "^".repeat(width(&marked).max(1))))
    }

    /// The same for a program.
    #[must_use]
    pub fn to_json(&self, sources: &[Source]) -> serde_json::Value {
        let source = sources.get(self.span.file.0 as usize);
        let place = source.map_or(Position { line: 1, column: 1 }, |source| position(&source.text, self.span.start));
        let length = source.map_or(0, |source| {
            let (start, end) = (floor(&source.text, self.span.start), floor(&source.text, self.span.end));
            source.text[start..end.max(start)].chars().count()
        });
        serde_json::json!({
            "file": source.map(|source| source.path.display().to_string()),
            "line": place.line,
            "column": place.column,
            "length": length,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "help": self.help,
        })
    }
}

/// How many columns a text takes: none for combining marks, two for wide letters and emoji.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x0300..=0x036f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfeff => 0,
            0x1100..=0x115f
            | 0x2e80..=0xa4cf
            | 0xac00..=0xd7a3
            | 0xf900..=0xfaff
            | 0xfe30..=0xfe6f
            | 0xff00..=0xff60
            | 0xffe0..=0xffe6
            | 0x1f300..=0x1f64f
            | 0x1f900..=0x1f9ff
            | 0x20000..=0x3fffd => 2,
            _ => 1,
        })
        .sum()
}

/// The most remarks that are kept on a script: more help nobody, and a damaged file may have millions.
const MAX_REMARKS: usize = 100;

/// A reader stops at so many mistakes: finding names that are near to a million unknown ones takes seconds.
pub(crate) const MAX_FOUND: usize = 1000;

/// The code of the line that says how many remarks are left out.
const LEFT_OUT: &str = "left-out";

/// Puts remarks in the order of the text, each once, and leaves out those that are too many, the least severe first.
pub fn settle(diagnostics: &mut Vec<Diagnostic>) {
    let place = |diagnostic: &Diagnostic| (diagnostic.code == LEFT_OUT, diagnostic.span);
    diagnostics.sort_by(|a, b| (place(a), &a.message).cmp(&(place(b), &b.message)));
    diagnostics.dedup();
    // What was cut before is not cut again: its count would be lost.
    if diagnostics.len() <= MAX_REMARKS || diagnostics.iter().any(|diagnostic| diagnostic.code == LEFT_OUT) {
        return;
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.severity);
    let (severity, left_out) = (diagnostics[MAX_REMARKS].severity, diagnostics.len() - MAX_REMARKS);
    // Readers stop somewhere behind so many; what they did not read is not counted.
    let counted = MAX_FOUND - MAX_REMARKS;
    let left_out = if left_out < counted { left_out.to_string() } else { format!("more than {}", counted - 1) };
    diagnostics.truncate(MAX_REMARKS);
    diagnostics.sort_by_key(place);
    let message = format!("{left_out} others are not shown");
    let more = Diagnostic { severity, ..Diagnostic::error(LEFT_OUT, Span::default(), message) };
    diagnostics.push(more.with_help("mend these first"));
}

/// The known name that is nearest to one that was written, when it is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let length = written.chars().count();
    let far = 1 + length / 3;
    known
        .into_iter()
        .filter(|name| name.chars().count().abs_diff(length) <= far)
        .map(|name| (strsim::damerau_levenshtein(&written, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
