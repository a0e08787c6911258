//! Tables on a terminal, and what stands in them.

use jiff::{Timestamp, tz::TimeZone};
use std::{fmt::Write as _, io::IsTerminal};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A table whose columns are as wide as what stands in them; those that are named are to the right.
pub(super) fn table(rows: &[Vec<String>], right: &[usize]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width()).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, cell) in row.iter().enumerate() {
            let space = " ".repeat(widths[i] - cell.width());
            let _ = if right.contains(&i) { write!(line, "{space}{cell}  ") } else { write!(line, "{cell}{space}  ") };
        }
        out += line.trim_end();
        out.push('\n');
    }
    out.pop();
    out
}

/// A text that is at most so many columns wide.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.width() <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut width = 0;
    for c in text.chars() {
        width += c.width().unwrap_or(0);
        if width >= most {
            break;
        }
        out.push(c);
    }
    out + "…"
}

/// Whether results are read by a person who sees bold letters.
pub(super) fn is_bold() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal() && !dumb && !no_colour
}

/// A day and a time where the person is.
pub(super) fn local(time: Timestamp) -> String {
    time.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
