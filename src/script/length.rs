//! Durations, levels and numbers as people write them.

use super::Length;
use crate::audio::Decibels;
use std::time::Duration;

/// The longest time that may be written: a day.
pub(super) const MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What is allowed, for messages.
pub(super) const SPELLINGS: &str = "write 4s, 500ms, 1m30s, 2 min, 1:30 or 2 breaths, up to 24 hours";

/// Why a length cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLength {
    /// It is not a length.
    Unreadable,
    /// It is below zero.
    Negative,
    /// It is over a day.
    TooLong,
}

/// A time: `4s`, `500ms`, `1m30s`, `2 min`, `1:30`, `1.5s`, `1h`, or a bare number of seconds; at most a day.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    match length(text) {
        Ok(Length::Time(time)) => Some(time),
        _ => None,
    }
}

/// A time as [`duration`] reads it, or a number of breaths.
pub(super) fn length(text: &str) -> Result<Length, BadLength> {
    let text = text.trim().to_lowercase();
    if let Some(rest) = text.strip_prefix(['-', '−']) {
        return Err(if length(rest).is_ok() { BadLength::Negative } else { BadLength::Unreadable });
    }
    let text = text.strip_prefix('+').unwrap_or(&text);
    if text.contains(':') {
        return clock(text);
    }
    let mut seconds = 0f64;
    let mut breaths = None;
    let mut rest = text.trim_start();
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().map_err(|_| BadLength::Unreadable)?;
        rest = rest[digits..].trim_start();
        let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let unit = &rest[..letters];
        rest = rest[letters..].trim_start();
        parts += 1;
        let scale = match unit {
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
            "" if parts == 1 && rest.is_empty() => 1.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "breath" | "breaths" if parts == 1 && rest.is_empty() => {
                breaths = Some(number);
                continue;
            }
            _ => return Err(BadLength::Unreadable),
        };
        seconds += number * scale;
    }
    match breaths {
        _ if parts == 0 => Err(BadLength::Unreadable),
        Some(breaths) if breaths > 10_000.0 => Err(BadLength::TooLong),
        Some(breaths) => Ok(Length::Breaths(breaths)),
        None => time(seconds),
    }
}

/// `1:30` or `1:02:03`.
fn clock(text: &str) -> Result<Length, BadLength> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return Err(BadLength::Unreadable);
    }
    let mut seconds = 0f64;
    for (i, part) in parts.iter().enumerate() {
        let plain = !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || (c == '.' && i + 1 == parts.len()));
        let number: f64 = part.parse().map_err(|_| BadLength::Unreadable)?;
        if !plain || (i > 0 && number >= 60.0) {
            return Err(BadLength::Unreadable);
        }
        seconds = seconds * 60.0 + number;
    }
    time(seconds)
}

fn time(seconds: f64) -> Result<Length, BadLength> {
    if !seconds.is_finite() || seconds > MAX.as_secs_f64() {
        return Err(BadLength::TooLong);
    }
    // Written values have at most nanoseconds; rounding takes away what binary fractions add.
    Ok(Length::Time(Duration::from_nanos((seconds * 1e9).round() as u64)))
}

/// `-18dB`, `-18 dB` or `-18`.
pub(super) fn level(text: &str) -> Option<Decibels> {
    let text = text.trim().to_lowercase().replace('−', "-");
    let number = text.strip_suffix("db").unwrap_or(&text).trim();
    number.parse::<f32>().ok().filter(|value| value.is_finite()).map(Decibels)
}

/// A number with a unit behind it that may be left out, such as `10Hz`.
pub(super) fn with_unit(text: &str, unit: &str) -> Option<f64> {
    let text = text.trim().to_lowercase();
    let number = text.strip_suffix(&unit.to_lowercase()).unwrap_or(&text).trim();
    number.parse::<f64>().ok().filter(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_duration_is_read() {
        let ms = |text| duration(text).map(|d| d.as_millis());
        for (text, expected) in [
            ("4s", 4000),
            ("500ms", 500),
            ("1m30s", 90_000),
            ("2 min", 120_000),
            ("1:30", 90_000),
            ("1.5s", 1500),
            ("7", 7000),
            ("3 seconds", 3000),
            ("1h 5m", 3_900_000),
            ("1:02:03", 3_723_000),
            ("0.1", 100),
        ] {
            assert_eq!(ms(text), Some(expected), "{text}");
        }
        assert_eq!(length("2 breaths"), Ok(Length::Breaths(2.0)));
    }

    #[test]
    fn what_is_no_duration_is_told_apart_from_one_that_is_not_allowed() {
        for text in ["", "s", "NaN", "inf", "1:75", "1:2:3:4", "4x", "1 2", "::"] {
            assert_eq!(length(text), Err(BadLength::Unreadable), "{text}");
        }
        assert_eq!(length("-5s"), Err(BadLength::Negative));
        assert_eq!(length("9999h"), Err(BadLength::TooLong));
    }

    #[test]
    fn levels_have_a_unit_that_may_be_left_out() {
        assert_eq!(level("-18dB"), Some(Decibels(-18.0)));
        assert_eq!(level("-18"), Some(Decibels(-18.0)));
        assert_eq!(level("3 db"), Some(Decibels(3.0)));
        assert_eq!(level("NaN"), None);
    }
}
