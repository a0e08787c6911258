//! Directions in their canonical spelling.

use crate::{
    audio::Decibels,
    script::{
        BreathPhase, Direction, Length, ToneKind,
        direction::{Arg, Bracket, TestArg},
        length,
    },
};
use std::{fmt::Write as _, time::Duration};

/// A direction with its brackets.
pub(super) fn write(bracket: &Bracket) -> String {
    let inner = match bracket {
        Bracket::Direction(direction) => self::direction(direction),
        Bracket::CountText { from, to, every, text } => {
            format!("count {from} to {to} every {} | \"{}\"", self::length(*every), text.text)
        }
        Bracket::Repeat(times) => format!("repeat {times}"),
        Bracket::If { key, test, unless } => condition(if *unless { "unless" } else { "if" }, key, test),
        Bracket::ElseIf { key, test } => condition("else if", key, test),
        Bracket::Else => "else".to_owned(),
        Bracket::Choose => "choose".to_owned(),
        Bracket::End => "end".to_owned(),
        Bracket::Include { path, with } => {
            let mut text = format!("include {}", self::arg(path));
            for (i, (key, value)) in with.iter().enumerate() {
                text.push_str(if i == 0 { " with " } else { ", " });
                drop(write!(text, "{} = {}", self::arg(key), quoted(value)));
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
    "over", "off", "every", "to", "with", "wait", "if", "in", "out", "hold", "box", "coherent", "left", "right", "centre",
    "default", "binaural", "isochronic", "breath", "breaths",
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
        if i % 2 == 0 && !part.is_empty() && written.len() > part.len() && !part.ends_with(' ') && !written.ends_with(part) {
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
            let counted = words.get(i + 1).is_some_and(|next| matches!(*next, "breath" | "breaths" | "breaths~" | "breath~"));
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
    if arg.quoted { quoted(&arg.text) } else { arg.text.clone() }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace(['"', '“', '”'], "'"))
}

/// Whether a name stays one argument, and no keyword, without quotation marks.
pub(super) fn is_plain(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '#'))
        && !KEYWORDS.contains(&text.to_lowercase().as_str())
        && !text.starts_with(['x', 'X'])
}

fn name(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A time, exact to the nanosecond.
pub(super) fn time(time: Duration) -> String {
    let nanos = time.as_nanos();
    if nanos > 0 && nanos < 1_000_000_000 && nanos % 1_000_000 == 0 {
        return format!("{}ms", nanos / 1_000_000);
    }
    let mut out = String::new();
    let mut seconds = time.as_secs();
    if seconds >= 120 {
        if seconds >= 3600 {
            drop(write!(out, "{}h", seconds / 3600));
        }
        if seconds / 60 % 60 > 0 {
            drop(write!(out, "{}m", seconds / 60 % 60));
        }
        seconds %= 60;
    }
    let fraction = time.subsec_nanos();
    if fraction > 0 {
        let digits = format!("{fraction:09}");
        drop(write!(out, "{seconds}.{}s", digits.trim_end_matches('0')));
    } else if seconds > 0 || out.is_empty() {
        drop(write!(out, "{seconds}s"));
    }
    out
}

fn length(length: Length) -> String {
    match length {
        Length::Time(time) => self::time(time),
        Length::Breaths(breaths) if (breaths - 1.0).abs() < f64::EPSILON => "1 breath".to_owned(),
        Length::Breaths(breaths) => format!("{breaths} breaths"),
    }
}

fn level(level: Decibels) -> String {
    format!("{}dB", level.0)
}

fn direction(direction: &Direction) -> String {
    let over = |over: &Option<Length>| over.map_or_else(String::new, |over| format!(" over {}", length(over)));
    let leveled = |wanted: &Option<Decibels>| wanted.map_or_else(String::new, |wanted| format!(" {}", level(wanted)));
    match direction {
        Direction::Pause { length, elastic } => format!("pause {}{}", self::length(*length), if *elastic { "~" } else { "" }),
        Direction::Silence { length } => format!("silence {}", self::length(*length)),
        Direction::Ellipsis(count) => "..".repeat(*count as usize),
        Direction::Breath { breaths } => format!("pause {}~", length(Length::Breaths(*breaths))),
        Direction::Breathe { phases, cycles } => {
            let phase = |(phase, length): &(BreathPhase, Length)| {
                let name = match phase {
                    BreathPhase::In => "in",
                    BreathPhase::Hold => "hold",
                    BreathPhase::Out => "out",
                };
                match length {
                    Length::Time(time) if time.subsec_nanos() == 0 => format!("{name} {}", time.as_secs()),
                    length => format!("{name} {}", self::length(*length)),
                }
            };
            let mut parts: Vec<String> = phases.iter().map(phase).collect();
            if *cycles > 1 {
                parts.push(format!("x{cycles}"));
            }
            format!("breathe {}", parts.join(", "))
        }
        Direction::Count { from, to, every, text } => {
            let text = text.as_ref().map_or_else(String::new, |text| format!(" | \"{}\"", super::inlines(text)));
            format!("count {from} to {to} every {}{text}", length(*every))
        }
        Direction::Voice(None) => "voice default".to_owned(),
        Direction::Voice(Some(voice)) => format!("voice {}", name(voice)),
        Direction::Pace(pace) => format!("pace {pace}"),
        Direction::Volume(volume) => format!("volume {}", level(*volume)),
        Direction::Pan(pan) => format!("pan {pan}"),
        Direction::Bed { name: bed, level, over: time } => format!("bed {}{}{}", name(bed), leveled(level), over(time)),
        Direction::BedOff { name: None, over: time } => format!("bed off{}", over(time)),
        Direction::BedOff { name: Some(bed), over: time } => format!("bed {} off{}", name(bed), over(time)),
        Direction::Bell { name: bell, times, every, level } => {
            let bell = bell.as_ref().map_or_else(String::new, |bell| format!(" {}", name(bell)));
            let times = if *times == 1 { String::new() } else { format!(" x{times}") };
            let every = every.map_or_else(String::new, |every| format!(" every {}", length(every)));
            format!("bell{bell}{times}{every}{}", leveled(level))
        }
        Direction::Sound { file, level, wait } => {
            format!("sound {}{}{}", name(file), leveled(level), if *wait { " wait" } else { "" })
        }
        Direction::Tone { kind, carrier, beat, glide, level, over: time } => {
            let kind = match kind {
                ToneKind::Binaural => "binaural",
                ToneKind::Isochronic => "isochronic",
            };
            let glide = glide.map_or_else(String::new, |(to, over)| format!(" to {to}Hz over {}", length(over)));
            format!("tone {kind} {carrier}Hz {beat}Hz{glide}{}{}", leveled(level), over(time))
        }
        Direction::ToneOff { over: time } => format!("tone off{}", over(time)),
        Direction::Mark(mark) => format!("mark {}", name(mark)),
        Direction::At(at) => format!("at {}", clock(*at)),
    }
}

/// `12:30`, or the time in another spelling when it is not in whole seconds.
fn clock(at: Duration) -> String {
    let seconds = at.as_secs();
    if at.subsec_nanos() > 0 {
        time(at)
    } else if seconds >= 3600 {
        format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    } else {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_a_person_would() {
        for (nanos, expected) in [
            (0, "0s"),
            (500_000_000, "500ms"),
            (1_500_000_000, "1.5s"),
            (90_000_000_000, "90s"),
            (120_000_000_000, "2m"),
            (3_723_250_000_000, "1h2m3.25s"),
            (1, "0.000000001s"),
        ] {
            assert_eq!(time(Duration::from_nanos(nanos)), expected);
            assert_eq!(length::duration(expected), Some(Duration::from_nanos(nanos)));
        }
    }

    #[test]
    fn a_tidy_direction_is_left_as_it_was_written() {
        for tidy in [
            "pause 3s", "silence 120s", "pause 1:30", "pause 2 breaths", "breathe in 4, hold 4, out 6, x5", "breathe 4-7-8 x4",
            "bed rain -24dB over 10s", "count 5 to 1 every 4s | \"{{n}}. A little deeper.\"", "if pattern = anxious",
            "include parts/a.md with place = \"a kitchen\"", "bell bowl x3 every 5s -6dB", "tone binaural 200Hz 10Hz to 4Hz over 5m",
            "end", "pace 0.75", "at 12:30",
        ] {
            assert!(is_tidy(tidy), "{tidy}");
        }
        for untidy in [
            "PAUSE 3s", "pause:3s", "pause  3s", "pause 3 seconds", "pause 3", "3 second pause", "if pattern=anxious",
            "bed rain -24 over 10s", "breathe in 4 , out 6", "bed rain OVER 10s", "inhale",
        ] {
            assert!(!is_tidy(untidy), "{untidy}");
        }
    }
}
