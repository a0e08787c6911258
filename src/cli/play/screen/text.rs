//! Words on cells: what may be shown, how wide it is, where it breaks.

use super::look::Look;
use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Span};
use std::time::Duration;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A text on one line, without anything that a terminal would obey: no control characters, no turns of direction.
pub(in crate::cli::play) fn plain(text: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown: String = text.chars().filter(|c| !turns(c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same in ASCII, as near as it goes.
pub(super) fn ascii(text: &str) -> String {
    let mut near = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            c if c.is_ascii() => near.push(c),
            '‘' | '’' | '‚' | '‹' | '›' => near.push('\''),
            '“' | '”' | '„' | '«' | '»' => near.push('"'),
            '‐'..='―' => near.push('-'),
            'ß' => near.push_str("ss"),
            'æ' => near.push_str("ae"),
            'ø' => near.push('o'),
            _ => near.push('?'),
        }
    }
    near
}

/// A time as minutes and seconds, or hours, minutes and seconds; what has begun and is not over does not count.
pub(in crate::cli::play) fn clock(time: Duration) -> String {
    let s = time.as_secs();
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{}:{:02}", s / 60, s % 60)
    }
}

/// How many cells a text takes.
pub(super) fn width(text: &str) -> usize {
    // Cell by cell, as the buffer counts: a whole text may be narrower, where letters join.
    graphemes(text).iter().map(|(_, cells)| cells).sum()
}

/// The letters of a text as people see them, each with its marks, and how many cells each takes.
fn graphemes(text: &str) -> Vec<(String, usize)> {
    // The segmentation is the buffer's own.
    let span = Span::raw(text);
    let letters = span.styled_graphemes(Style::new());
    letters.map(|letter| (letter.symbol.to_owned(), Span::raw(letter.symbol).width())).collect()
}

/// The beginning of a text that fits, with a sign where something was cut off.
pub(super) fn fit(text: &str, room: usize, look: &Look) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let sign = look.letter("…", "~");
    let mut left = room.saturating_sub(1);
    let mut cut = String::new();
    for (grapheme, cells) in graphemes(text) {
        let Some(rest) = left.checked_sub(cells) else { break };
        left = rest;
        cut.push_str(&grapheme);
    }
    let kept = cut.trim_end().len();
    cut.truncate(kept);
    if room > 0 {
        cut.push_str(sign);
    }
    cut
}

/// Writes a text at the left of a place, as much of it as fits.
pub(super) fn put(buffer: &mut Buffer, place: Rect, text: &str, style: Style, look: &Look) {
    let text = fit(text, place.width.into(), look);
    buffer.set_stringn(place.x, place.y, text, place.width.into(), style);
}

/// Writes a short text at the right of a place; gives the cells that are taken, with the space before it.
pub(super) fn put_right(buffer: &mut Buffer, place: Rect, text: &str, style: Style, look: &Look) -> u16 {
    let text = fit(text, place.width.into(), look);
    let taken = width(&text) as u16;
    if taken == 0 {
        return 0;
    }
    buffer.set_stringn(place.x + place.width - taken, place.y, text, taken.into(), style);
    (taken + 2).min(place.width)
}

/// Writes a text in the middle of a place.
pub(super) fn put_middle(buffer: &mut Buffer, place: Rect, text: &str, style: Style, look: &Look) {
    let text = fit(text, place.width.into(), look);
    let x = place.x + (place.width - width(&text) as u16) / 2;
    buffer.set_stringn(x, place.y, text, place.width.into(), style);
}

/// A word, and how many cells it takes.
pub(super) type Word<'a> = (&'a str, usize);

/// Cells that words take in a line, with one before each but the first.
pub(super) fn cells(line: &[Word<'_>]) -> usize {
    line.iter().map(|(_, cells)| cells + 1).sum::<usize>().saturating_sub(1)
}

/// Words as lines of at most `room` cells; words that are wider than a line are broken.
fn broken<'a>(words: &[Word<'a>], room: usize) -> Vec<Vec<Word<'a>>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    let mut take = |word, wide: usize| {
        if used > 0 && used + 1 + wide > room {
            lines.push(Vec::new());
            used = 0;
        }
        used += wide + usize::from(used > 0);
        if let Some(line) = lines.last_mut() {
            line.push((word, wide));
        }
    };
    for &(word, whole) in words {
        if whole <= room {
            take(word, whole);
            continue;
        }
        let (mut start, mut end, mut wide) = (0, 0, 0);
        for (grapheme, cells) in graphemes(word) {
            if wide > 0 && wide + cells > room {
                take(&word[start..end], wide);
                (start, wide) = (end, 0);
            }
            end += grapheme.len();
            wide += cells;
        }
        take(&word[start..], wide);
    }
    lines
}

/// A text as lines of words, as even as they can be without taking more lines.
pub(super) fn wrap(text: &str, room: usize) -> Vec<Vec<Word<'_>>> {
    let words: Vec<Word<'_>> = text.split_whitespace().map(|word| (word, width(word))).collect();
    let room = room.max(1);
    let count = broken(&words, room).len();
    let (mut low, mut high) = (1, room);
    while low < high {
        let middle = usize::midpoint(low, high);
        if broken(&words, middle).len() <= count {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    broken(&words, high)
}
