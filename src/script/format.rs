//! The canonical form of a script that a person wrote: its layout and spelling change, its comments and meaning do not.

mod lines;
mod spelling;

use super::{
    Span,
    diagnostic::{Diagnostic, Severity},
    phrases, ssml,
};
use std::path::Path;

/// The canonical form of a script: directions in one spelling, one blank line between paragraphs, nothing at the ends of lines.
/// Comments stay, and it means what it meant. What it gives is its own canonical form.
///
/// # Errors
///
/// The mistakes of a script that cannot be read, or that it is written in another form.
pub fn format(path: &Path, text: &str) -> Result<String, Vec<Diagnostic>> {
    if !is_native(path, text) {
        let diagnostic = Diagnostic::error("not-a-script", Span::default(), "this is written in another form");
        return Err(vec![diagnostic.with_help("make a script of it first: undertone convert")]);
    }
    let parsed = super::parse(path, text);
    let errors: Vec<Diagnostic> = parsed.diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let meant = super::write(&parsed.script);
    // Where a spelling cannot change without the meaning, as in brackets that go over lines, it stays.
    for spellings in [true, false] {
        let formatted = lines::format(text, spellings);
        if means(path, &formatted, &meant) {
            return Ok(formatted);
        }
    }
    Ok(text.to_owned())
}

/// Whether a text is a script in the project's own form: neither SSML nor lines of `phrase;seconds`.
#[must_use]
pub fn is_native(path: &Path, text: &str) -> bool {
    !ssml::is_ssml(path, text) && !phrases::is_phrases(text)
}

/// Whether a text is a script that would be written in these words.
fn means(path: &Path, text: &str, meant: &str) -> bool {
    let parsed = super::parse(path, text);
    is_native(path, text)
        && parsed.diagnostics.iter().all(|d| d.severity != Severity::Error)
        && super::write(&parsed.script) == meant
}
