//! Directions in their canonical spelling.

use crate::script::{
    Direction,
    direction::{Arg, Bracket, TestArg},
    length,
    write::{argument, direction_text, length_text, quoted},
};
use std::fmt::Write as _;

/// A direction with its brackets.
fn write(bracket: &Bracket) -> String {
    let inner = match bracket {
        Bracket::Direction(direction) => return direction_text(direction),
        Bracket::CountText { from, to, every, text } => {
            format!("count {from} to {to} every {} | \"{}\"", length_text(*every), text.text)
        }
        Bracket::Repeat(times) => format!("repeat {times}"),
        Bracket::If { key, test, unless } => condition(if *unless { "unless" } else { "if" }, key, test),
        Bracket::ElseIf { key, test } => condition("else if", key, test),
        Bracket::Else => "else".to_owned(),
        Bracket::Choose => "choose".to_owned(),
        Bracket::End => "end".to_owned(),
        Bracket::Include { path, with } => {
            let mut text = format!("include {}", arg(path));
            for (i, (key, value)) in with.iter().enumerate() {
                text.push_str(if i == 0 { " with " } else { ", " });
                let _ = write!(text, "{} = {}", arg(key), quoted(value));
            }
            text
        }
    };
    format!("[{inner}]")
}

/// A direction as it was written when that is tidy already, else in its canonical spelling: `1:30` and `90s` are both good, and
/// `90 Seconds` is not.
pub(super) fn tidied(written: &str, bracket: &Bracket) -> String {
    match bracket {
        _ if is_tidy(written) => format!("[{written}]"),
        // It has no other spelling inside a line.
        Bracket::Direction(Direction::Breath { .. }) => "[breath]".to_owned(),
        bracket => write(bracket),
    }
}

const KEYWORDS: [&str; 20] = [
    "over",
    "off",
    "every",
    "to",
    "with",
    "wait",
    "if",
    "in",
    "out",
    "hold",
    "box",
    "coherent",
    "left",
    "right",
    "centre",
    "default",
    "binaural",
    "isochronic",
    "breath",
    "breaths",
];

fn is_tidy(written: &str) -> bool {
    if written.trim() != written || written.contains(['“', '”', '\t', '\n', '\r']) {
        return false;
    }
    let mut words: Vec<&str> = Vec::new();
    // Every other part stands between quotation marks.
    for (i, part) in written.split('"').enumerate() {
        if i % 2 == 1 {
            words.push("\"");
            continue;
        }
        if part.contains("  ") || part.contains(" ,") || (i > 0 && !part.is_empty() && !part.starts_with([' ', ','])) {
            return false;
        }
        if i % 2 == 0
            && !part.is_empty()
            && written.len() > part.len()
            && !part.ends_with(' ')
            && !written.ends_with(part)
        {
            return false;
        }
        words.extend(part.split(' ').filter(|word| !word.is_empty()));
    }
    let Some((name, words)) = words.split_first() else { return false };
    let bare_numbers = matches!(*name, "breathe" | "count" | "pace" | "pan" | "repeat");
    if !name.chars().all(|c| c.is_ascii_lowercase()) || *name == "inhale" || *name == "exhale" {
        return false;
    }
    let operators = matches!(*name, "if" | "unless" | "else" | "include");
    words.iter().enumerate().all(|(i, word)| {
        let word = word.strip_suffix(',').unwrap_or(word);
        let lower = word.to_lowercase();
        if matches!(word, "=" | "!=" | "|" | "\"") {
            true
        } else if word.contains([',', '=', '|']) || (KEYWORDS.contains(&lower.as_str()) && word != lower) {
            false
        } else if operators {
            true
        } else if *name == "count" && i > 0 && words[i - 1] == "every" {
            is_tidy_amount(word)
        } else if word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '−' | '+' | '.')) {
            let counted =
                words.get(i + 1).is_some_and(|next| matches!(*next, "breath" | "breaths" | "breaths~" | "breath~"));
            counted || is_tidy_amount(word) || (bare_numbers && !word.starts_with('+'))
        } else {
            !(lower.starts_with('×') || (lower != word && lower.starts_with('x')) || word == "x")
        }
    })
}

/// `4s`, `500ms`, `1m30s`, `1:30`, `6s~`, `-18dB`, `200Hz`.
fn is_tidy_amount(word: &str) -> bool {
    let word = word.strip_suffix('~').unwrap_or(word);
    if let Some(level) = word.strip_suffix("dB") {
        return !level.starts_with('+') && level.parse::<f32>().is_ok();
    }
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let decimal = |text: &str| match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    };
    if let Some(hertz) = word.strip_suffix("Hz") {
        return decimal(hertz);
    }
    if word.contains(':') {
        return length::duration(word).is_some();
    }
    if let Some(milliseconds) = word.strip_suffix("ms") {
        return digits(milliseconds);
    }
    let mut rest = word;
    for unit in ['h', 'm', 's'] {
        if let Some((number, after)) = rest.split_once(unit) {
            if !(if unit == 's' { decimal(number) } else { digits(number) }) {
                return false;
            }
            rest = after;
        }
    }
    rest.is_empty() && !word.is_empty()
}

fn condition(name: &str, key: &Arg, test: &TestArg) -> String {
    let key = arg(key);
    match test {
        TestArg::Yes => format!("{name} {key}"),
        TestArg::Equals(value) => format!("{name} {key} = {}", arg(value)),
        TestArg::Differs(value) => format!("{name} {key} != {}", arg(value)),
    }
}

fn arg(arg: &Arg) -> String {
    if arg.quoted { quoted(&arg.text) } else { argument(&arg.text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tidy_direction_is_left_as_it_was_written() {
        for tidy in [
            "pause 3s",
            "silence 120s",
            "pause 1:30",
            "pause 2 breaths",
            "breathe in 4, hold 4, out 6, x5",
            "breathe 4-7-8 x4",
            "bed rain -24dB over 10s",
            "count 5 to 1 every 4s | \"{{n}}. A little deeper.\"",
            "if pattern = anxious",
            "include parts/a.md with place = \"a kitchen\"",
            "bell bowl x3 every 5s -6dB",
            "tone binaural 200Hz 10Hz to 4Hz over 5m",
            "end",
            "pace 0.75",
            "at 12:30",
        ] {
            assert!(is_tidy(tidy), "{tidy}");
        }
        for untidy in [
            "PAUSE 3s",
            "pause:3s",
            "pause  3s",
            "pause 3 seconds",
            "pause 3",
            "3 second pause",
            "if pattern=anxious",
            "bed rain -24 over 10s",
            "breathe in 4 , out 6",
            "bed rain OVER 10s",
            "inhale",
        ] {
            assert!(!is_tidy(untidy), "{untidy}");
        }
    }
}
