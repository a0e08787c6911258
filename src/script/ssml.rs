//! Marks of the Speech Synthesis Markup Language.

use super::{Length, length};
use std::time::Duration;

/// The length of a `<break>`: its time, or its strength as SSML 1.1 names them.
pub(super) fn break_length(tag: &str) -> Option<Length> {
    if let Some(time) = attribute(tag, "time") {
        return length::length(&time).ok().filter(|length| matches!(length, Length::Time(_)));
    }
    let strength = attribute(tag, "strength").unwrap_or_else(|| "medium".to_owned());
    let milliseconds = match strength.as_str() {
        "none" => 0,
        "x-weak" => 250,
        "weak" => 500,
        "medium" => 800,
        "strong" => 1500,
        "x-strong" => 3000,
        _ => return None,
    };
    Some(Length::Time(Duration::from_millis(milliseconds)))
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let at = tag.to_lowercase().find(&format!("{name}="))?;
    let value = tag.get(at + name.len() + 1..)?;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &value[1..];
    Some(value[..value.find(quote)?].to_owned())
}
