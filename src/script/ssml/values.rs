//! What stands in attributes: rates, volumes, breaks, and how a text is said.

use super::super::{Length, length};
use std::time::Duration;

pub(super) fn same_language(one: &str, other: &str) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_lowercase();
    primary(one) == primary(other)
}

pub(super) fn is_address(src: &str) -> bool {
    src.contains("://") || src.starts_with("//") || src.to_lowercase().starts_with("data:")
}

/// A rate as a factor: SSML 1.1, section 3.2.4, names and percentages, and the signed percentages of common services.
pub(super) fn rate(text: &str) -> Option<f32> {
    let factor = match text {
        "x-slow" => 0.5,
        "slow" => 0.75,
        "medium" | "default" => 1.0,
        "fast" => 1.25,
        "x-fast" => 1.5,
        _ => match text.strip_suffix('%') {
            Some(percent) if percent.starts_with(['+', '-']) => 1.0 + percent.parse::<f32>().ok()? / 100.0,
            Some(percent) => percent.parse::<f32>().ok()? / 100.0,
            None => text.parse().ok()?,
        },
    };
    (factor.is_finite() && factor > 0.0).then_some(factor)
}

/// A volume in dB: names, decibels, or version 1.0's 0 to 100.
pub(super) fn volume(text: &str) -> Option<f32> {
    let level = match text {
        "silent" => -60.0,
        "x-soft" => -12.0,
        "soft" => -6.0,
        "medium" | "default" => 0.0,
        "loud" => 4.0,
        "x-loud" => 8.0,
        _ if text.ends_with("db") => length::level(text)?.0,
        _ => {
            let percent = text.strip_suffix('%').unwrap_or(text).parse::<f32>().ok().filter(|p| *p >= 0.0)?;
            20.0 * (percent / 100.0).max(0.001).log10()
        }
    };
    level.is_finite().then_some(level)
}

pub(super) const SAY_AS: &str = "known are cardinal, ordinal, characters, digits, date, time and telephone";

/// The words that `say-as` makes of its text; numbers and dates are left in a form that is read aloud well.
pub(super) fn say_as(kind: &str, format: &str, text: &str) -> Option<String> {
    let spaced = |text: &str| {
        text.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().to_string()).collect::<Vec<_>>().join(" ")
    };
    match kind {
        "cardinal" | "number" | "time" | "currency" | "unit" | "fraction" => Some(text.to_owned()),
        "ordinal" => {
            let digits = text.trim().trim_end_matches(char::is_alphabetic);
            let number: u64 = digits.replace(',', "").parse().ok()?;
            let ending = match (number % 100, number % 10) {
                (11..=13, _) => "th",
                (_, 1) => "st",
                (_, 2) => "nd",
                (_, 3) => "rd",
                _ => "th",
            };
            Some(format!("{number}{ending}"))
        }
        "characters" | "spell-out" | "verbatim" | "digits" => Some(spaced(text)),
        "telephone" => {
            let groups: Vec<String> =
                text.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()).map(spaced).collect();
            Some(groups.join(", "))
        }
        "date" => Some(date(format, text).unwrap_or_else(|| text.to_owned())),
        _ => None,
    }
}

/// A date in numbers as words: `3/5/2024` with `mdy` is "March 5, 2024".
fn date(format: &str, text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let parts: Vec<u32> = text.trim().split(['/', '-', '.']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let order = match format {
        "" if parts.first().is_some_and(|part| *part > 31) => "ymd",
        "" => "mdy",
        order => order,
    };
    if order.len() != parts.len() {
        return None;
    }
    let part = |c: char| order.find(c).map(|i| parts[i]);
    let month = match part('m') {
        Some(month) => Some(*MONTHS.get((month as usize).checked_sub(1)?)?),
        None => None,
    };
    match (month, part('d'), part('y')) {
        (Some(month), Some(day), Some(year)) => Some(format!("{month} {day}, {year}")),
        (Some(month), Some(day), None) => Some(format!("{month} {day}")),
        (Some(month), None, Some(year)) => Some(format!("{month} {year}")),
        (None, None, Some(year)) => Some(year.to_string()),
        _ => None,
    }
}

/// The length of a break: its time, or its strength. SSML 1.1 leaves lengths of strengths to the processor.
pub(super) fn pause(time: Option<&str>, strength: Option<&str>) -> Option<Length> {
    if let Some(time) = time {
        return length::length(time).ok().filter(|length| matches!(length, Length::Time(_)));
    }
    let milliseconds = match strength.unwrap_or("medium") {
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
