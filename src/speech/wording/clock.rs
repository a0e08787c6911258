//! Times of day and dates.

use super::{
    numbers::{cardinal, ordinal, year},
    quantities::DASHES,
    tokens::{At, Change},
};
use crate::plan::Said;

/// espeak-ng reads a lone "a" as the article, and "AM" as a word.
pub(super) const AM: &str = "ˌeɪˈɛm";

const MONTHS: [(&str, &str); 12] = [
    ("jan", "January"),
    ("feb", "February"),
    ("mar", "March"),
    ("apr", "April"),
    ("may", "May"),
    ("jun", "June"),
    ("jul", "July"),
    ("aug", "August"),
    ("sep", "September"),
    ("oct", "October"),
    ("nov", "November"),
    ("dec", "December"),
];

/// The month of a name or its abbreviation, without case.
pub(super) fn month(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    MONTHS
        .into_iter()
        .find(|(short, long)| word == *short || word == long.to_lowercase())
        .map(|(_, long)| long)
        .or((word == "sept").then_some("September"))
}

/// `7:05`, `10:30 p.m.`, `10pm`, `7-9 pm`, `1:02:03`.
pub(super) fn clock(at: At<'_>) -> Option<Change> {
    let hour: u64 = at.digits(0).filter(|d| d.len() <= 2 && at.starts_word())?.parse().ok()?;
    if at.get(1).is_some_and(|t| t.is_one_of(&DASHES)) {
        let range = at.digits(2).filter(|d| d.len() <= 2)?;
        let later: u64 = range.parse().ok()?;
        let end = minutes(at.on(2)).map_or(3, |_| 5);
        let _ = meridiem(at, end)?;
        return (hour <= 12 && later <= 12).then(|| Change::words(2, format!("{} to ", cardinal(hour))));
    }
    let Some(minute) = minutes(at) else {
        let (end, half) = meridiem(at, 1)?;
        return (1..=12).contains(&hour).then(|| with_half(&cardinal(hour), end, half));
    };
    if hour > 24 || minute > 59 {
        return None;
    }
    if at.mark(3, ':') {
        let second: u64 = at.digits(4).filter(|d| d.len() == 2 && at.ends_word(5))?.parse().ok()?;
        return Some(Change::words(5, length(hour, minute, second)));
    }
    let half = meridiem(at, 3);
    let oclock = at.next_word(3).is_some_and(|w| w.eq_ignore_ascii_case("o'clock"));
    let words = match (hour, minute) {
        (0 | 24, 0) if half.is_none() => "midnight".to_owned(),
        (_, 0) if half.is_some() || oclock => cardinal(hour),
        (13.., 0) => format!("{} hundred", cardinal(hour)),
        (_, 0) => format!("{} o'clock", cardinal(hour)),
        (_, 1..=9) => format!("{} oh {}", cardinal(hour), cardinal(minute)),
        _ => format!("{} {}", cardinal(hour), cardinal(minute)),
    };
    match half {
        Some((end, half)) => Some(with_half(&words, end, half)),
        None if !at.ends_word(3) => None,
        None => Some(Change::words(3, words)),
    }
}

fn minutes(at: At<'_>) -> Option<u64> {
    at.mark(1, ':').then(|| at.digits(2)).flatten().filter(|d| d.len() == 2)?.parse().ok()
}

fn length(hours: u64, minutes: u64, seconds: u64) -> String {
    let parts: Vec<String> = [(hours, "hour"), (minutes, "minute"), (seconds, "second")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{} {unit}{}", cardinal(count), if count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "zero seconds".to_owned() } else { parts.join(" ") }
}

fn with_half(words: &str, taken: usize, half: Half) -> Change {
    match half {
        Half::Before => Change { taken, said: vec![Said::Words(format!("{words} ")), Said::Ipa(AM.to_owned())] },
        Half::After => Change::words(taken, format!("{words} PM")),
    }
}

/// A half of the day.
#[derive(Clone, Copy)]
enum Half {
    Before,
    After,
}

/// `pm`, `PM`, `p.m.` and the offset behind it.
fn meridiem(at: At<'_>, offset: usize) -> Option<(usize, Half)> {
    let start = at.skip_space(offset);
    let word = at.word(start)?;
    let half = |letter: &str| if letter.eq_ignore_ascii_case("a") { Half::Before } else { Half::After };
    if (word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm")) && at.ends_word(start + 1) {
        return Some((start + 1, half(&word[..1])));
    }
    let dotted = (word.eq_ignore_ascii_case("a") || word.eq_ignore_ascii_case("p"))
        && at.mark(start + 1, '.')
        && at.word(start + 2).is_some_and(|w| w.eq_ignore_ascii_case("m"));
    if !dotted {
        return None;
    }
    // The last point may end the sentence as well.
    let end = start + 3;
    let swallowed = at.mark(end, '.') && !at.sentence_ends(end + 1);
    Some((end + usize::from(swallowed), half(word)))
}

/// `a.m.` behind a number in words, or on its own.
pub(super) fn lone_meridiem(at: At<'_>) -> Option<Change> {
    let dotted = at.starts_word() && at.word(0).is_some_and(|w| w.len() == 1) && at.mark(1, '.');
    if !dotted {
        return None;
    }
    let (end, half) = meridiem(at, 0)?;
    Some(match half {
        Half::Before => Change::ipa(end, AM),
        Half::After => Change::words(end, "PM"),
    })
}

/// `2026-11-22`, `5/6/2026`, `May 5, 2026`, `5 May 2026`.
pub(super) fn date(at: At<'_>) -> Option<Change> {
    if !at.starts_word() {
        return None;
    }
    iso(at).or_else(|| slashed(at)).or_else(|| month_first(at)).or_else(|| day_first(at))
}

fn iso(at: At<'_>) -> Option<Change> {
    let of = |offset: usize, length: usize| at.digits(offset).filter(|d| d.len() == length)?.parse::<u64>().ok();
    if !(at.mark(1, '-') && at.mark(3, '-') && at.ends_word(5)) {
        return None;
    }
    spoken(of(4, 2)?, of(2, 2)?, of(0, 4)?, 5)
}

fn slashed(at: At<'_>) -> Option<Change> {
    let mark = at.get(1).filter(|t| t.is_one_of(&['/', '.']))?;
    if at.get(3).is_none_or(|t| t.text != mark.text) || !at.ends_word(5) {
        return None;
    }
    let of = |offset: usize| at.digits(offset).filter(|d| d.len() <= 2)?.parse::<u64>().ok();
    let (first, second) = (of(0)?, of(2)?);
    let written = at.digits(4)?;
    let value: u64 = written.parse().ok()?;
    let year = match written.len() {
        4 => value,
        2 if mark.is_mark('/') => value + if value < 70 { 2000 } else { 1900 },
        _ => return None,
    };
    // Month first, as in the United States; points are used where the day comes first.
    if first <= 12 && mark.is_mark('/') { spoken(second, first, year, 5) } else { spoken(first, second, year, 5) }
}

fn spoken(day: u64, month: u64, written_year: u64, taken: usize) -> Option<Change> {
    let (_, name) = MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    (1..=31).contains(&day).then(|| Change::words(taken, format!("{name} {}, {}", ordinal(day), year(written_year))))
}

/// A capitalized month at `offset`, with the point of its abbreviation.
fn month_at(at: At<'_>, offset: usize) -> Option<(&'static str, usize)> {
    let word = at.word(offset).filter(|w| w.starts_with(char::is_uppercase))?;
    let name = month(word)?;
    let point = word.len() <= 4 && word.len() < name.len() && at.mark(offset + 1, '.');
    Some((name, offset + 1 + usize::from(point)))
}

fn day_at(at: At<'_>, offset: usize) -> Option<(u64, usize)> {
    let digits = at.digits(offset).filter(|d| d.len() <= 2)?;
    let day: u64 = digits.parse().ok().filter(|d| (1..=31).contains(d))?;
    let suffix = at.word(offset + 1).is_some_and(|w| ["st", "nd", "rd", "th"].contains(&w));
    let end = offset + 1 + usize::from(suffix);
    let more = at.mark(end, ':') || ((at.mark(end, '.') || at.mark(end, ',')) && at.digits(end + 1).is_some());
    (at.ends_word(end) && !more && !at.mark(end, '%') && !at.mark(end, '°')).then_some((day, end))
}

/// `, 2026` or ` 2026` at `offset`.
fn year_at(at: At<'_>, offset: usize) -> (String, usize) {
    let start = at.skip_space(offset + usize::from(at.mark(offset, ',')));
    let value = at.digits(start).filter(|d| d.len() == 4 && start > offset && at.ends_word(start + 1));
    match value.and_then(|d| d.parse().ok()).filter(|v| (1100..2100).contains(v)) {
        Some(value) => (format!(", {}", year(value)), start + 1),
        None => (String::new(), offset),
    }
}

fn month_first(at: At<'_>) -> Option<Change> {
    let (name, after) = month_at(at, 0)?;
    let start = at.skip_space(after);
    if start == after {
        return None;
    }
    let (day, end) = day_at(at, start)?;
    if at.get(end).is_some_and(|t| t.is_one_of(&DASHES))
        && let Some((last, end)) = day_at(at, end + 1)
    {
        let (year, end) = year_at(at, end);
        return Some(Change::words(end, format!("{name} {} to {}{year}", ordinal(day), ordinal(last))));
    }
    let (year, end) = year_at(at, end);
    Some(Change::words(end, format!("{name} {}{year}", ordinal(day))))
}

fn day_first(at: At<'_>) -> Option<Change> {
    let (day, end) = day_at(at, 0)?;
    let mut start = at.skip_space(end);
    if start == end {
        return None;
    }
    if at.word(start) == Some("of") {
        start = at.skip_space(start + 1);
    }
    let (name, after) = month_at(at, start)?;
    let (year, after) = year_at(at, after);
    let article = if at.word_before().is_some_and(|w| w.eq_ignore_ascii_case("the")) { "" } else { "the " };
    Some(Change::words(after, format!("{article}{} of {name}{year}", ordinal(day))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_by_name_and_abbreviation() {
        assert_eq!(month("sept"), Some("September"));
        assert_eq!(month("NOV"), Some("November"));
        assert_eq!(month("march"), Some("March"));
        assert_eq!(month("mayor"), None);
    }

    #[test]
    fn lengths_leave_out_what_is_zero() {
        assert_eq!(length(1, 0, 5), "one hour five seconds");
    }
}
