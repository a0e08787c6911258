//! Units behind numbers.

use super::tokens::{At, Kind};
use std::{collections::HashMap, sync::LazyLock};

/// A unit behind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// For one: "meter".
    pub(super) one: &'static str,
    /// For several: "meters".
    pub(super) many: &'static str,
    /// The offset just behind it.
    pub(super) end: usize,
    /// Whether a hyphen joins it to the number, as in `10-min`.
    pub(super) joined: bool,
}

/// `units.tsv`: what is written, what is said of one, what is said of several, and how it must be written: `any`, with a
/// point (`point`) or not, or directly behind the digits (`close`).
static UNITS: LazyLock<HashMap<&'static str, (&'static str, &'static str, &'static str)>> = LazyLock::new(|| {
    super::rows(include_str!("data/units.tsv"))
        .filter_map(|row| match row.as_slice() {
            [written, one, many, how] => Some((*written, (*one, *many, *how))),
            _ => None,
        })
        .collect()
});

/// The unit that stands at `offset`, behind a number: directly, after a space, or after a hyphen.
pub(super) fn unit(at: At<'_>, offset: usize) -> Option<Unit> {
    let hyphen = at.mark(offset, '-') && at.word(offset + 1).is_some();
    let start = if hyphen { offset + 1 } else { at.skip_space(offset) };
    let direct = start == offset;
    // The longest that is known wins: "km/h" before "km".
    (1..=4).rev().find_map(|taken| {
        let mut written = String::new();
        for i in 0..taken {
            let token = at.get(start + i).filter(|t| t.kind != Kind::Space)?;
            written.push_str(&token.text);
        }
        let (one, many, how) = *UNITS.get(written.as_str())?;
        let mut end = start + taken;
        if !at.ends_word(end) && at.get(end - 1).is_some_and(|t| t.kind == Kind::Word) {
            return None;
        }
        if how == "close" && !direct {
            return None;
        }
        if how == "point" && at.mark(end, '.') && !at.sentence_ends(end + 1) {
            end += 1;
        }
        Some(Unit { one, many, end, joined: hyphen })
    })
}
