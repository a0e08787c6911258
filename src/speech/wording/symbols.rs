//! Marks that are said, are pauses, or are nothing.

use super::{
    quantities::{DASHES, digits_before},
    tokens::{At, Change, Kind, Token},
};
use crate::plan::Said;
use std::{collections::HashMap, sync::LazyLock};

static SLASHES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    super::rows(include_str!("data/slashes.tsv")).filter_map(|row| Some((*row.first()?, *row.get(1)?))).collect()
});

/// What a mark stands for.
pub(super) fn symbol(at: At<'_>) -> Option<Change> {
    if let Some(change) = slash_words(at) {
        return Some(change);
    }
    if at.get(0).is_some_and(|t| t.kind == Kind::Space) {
        return spaced_dash(at);
    }
    let token = at.get(0).filter(|t| t.kind == Kind::Mark)?;
    let mark = token.text.chars().next()?;
    match mark {
        '’' | '‘' | '‛' | 'ʼ' | '`' | '´' => Some(Change::words(1, "'")),
        '“' | '”' | '„' | '«' | '»' | '‟' => Some(Change::words(1, "\"")),
        '—' | '―' | '→' | '⇒' | '➔' | '|' => Some(pause(at, 1)),
        '-' | '–' | '−' | '‑' | '‐' => dash(at),
        '&' => Some(spaced(at, 1, "and")),
        '+' => Some(spaced(at, 1, "plus")),
        '=' => Some(spaced(at, 1, "equals")),
        '≈' => Some(spaced(at, 1, "about")),
        '×' => Some(spaced(at, 1, "times")),
        '÷' => Some(spaced(at, 1, "divided by")),
        '±' => Some(spaced(at, 1, "plus or minus")),
        '°' => Some(spaced(at, 1, "degrees")),
        '%' => Some(spaced(at, 1, "percent")),
        '@' => Some(spaced(at, 1, "at")),
        '§' => Some(spaced(at, 1, "section")),
        '²' => Some(spaced(at, 1, "squared")),
        '³' => Some(spaced(at, 1, "cubed")),
        '#' if at.digits(1).is_some() => Some(Change::words(1, "number ")),
        '#' if at.word(1).is_some() => Some(Change::words(1, "hashtag ")),
        '/' => Some(slash(at)),
        '_' if at.before().is_some_and(Token::is_wordlike) && !at.ends_word(1) => Some(Change::words(1, " ")),
        '*' | '_' | '™' | '®' | '©' | '•' | '·' => Some(nothing(at)),
        _ => None,
    }
}

/// A word with the spaces that it needs.
fn spaced(at: At<'_>, taken: usize, word: &str) -> Change {
    let before =
        if at.before().is_some_and(|t| t.kind != Kind::Space && !t.is_one_of(&['(', '"', '['])) { " " } else { "" };
    let next = at.tokens.get(at.index + taken);
    let after = if next.is_some_and(|t| t.is_wordlike() || t.is_one_of(&['$', '£', '€', '#'])) { " " } else { "" };
    Change::words(taken, format!("{before}{word}{after}"))
}

/// A comma, unless nothing was said before it, nothing follows, or another mark pauses already.
fn pause(at: At<'_>, taken: usize) -> Change {
    let before = at.tokens[..at.index].iter().rev().find(|t| t.kind != Kind::Space);
    let spaced_before = at.before().is_some_and(|t| t.kind == Kind::Space);
    let next = at.skip_space(taken);
    let after = at.tokens.get(at.index + next);
    let closing = [',', '.', ';', ':', '?', '!', '"', ')'];
    let words = match (before, after) {
        (None, _) | (_, None) => "",
        (Some(b), _) if !b.is_wordlike() && !b.is_one_of(&['"', ')', '\'', '%', '’', '”']) => {
            if spaced_before {
                ""
            } else {
                " "
            }
        }
        (_, Some(a)) if a.is_one_of(&closing) && !a.is_mark('"') => "",
        _ => ", ",
    };
    Change::words(next, words)
}

/// A dash behind white space: the comma in its place stands behind the last word.
fn spaced_dash(at: At<'_>) -> Option<Change> {
    let here = at.on(1);
    let mark = here.get(0).filter(|t| t.is_one_of(&DASHES) || t.is_one_of(&['—', '―', '→', '|']))?;
    let amount = |offset| {
        here.digits(offset).is_some()
            || (here.get(offset).is_some_and(|t| t.is_one_of(&['$', '£', '€'])) && here.digits(offset + 1).is_some())
    };
    if mark.is_one_of(&DASHES) && here.get(1).is_some_and(|t| t.kind == Kind::Space) && amount(2) && digits_before(at) {
        return Some(Change::words(3, " to "));
    }
    let change = if mark.is_one_of(&DASHES) { dash(here)? } else { pause(here, 1) };
    (change.said == [Said::Words(", ".to_owned())]).then(|| Change::words(change.taken + 1, ", "))
}

/// A dash with spaces around it, two or three in a row, or between numbers.
fn dash(at: At<'_>) -> Option<Change> {
    let mut taken = 1;
    while at.get(taken).is_some_and(|t| t.is_one_of(&DASHES)) {
        taken += 1;
    }
    let spaced_before = at.before().is_none_or(|t| t.kind == Kind::Space);
    let spaced_after = at.tokens.get(at.index + taken).is_none_or(|t| t.kind == Kind::Space);
    if taken > 1 || (spaced_before && spaced_after) {
        return Some(pause(at, taken));
    }
    let digits =
        at.digits(1).is_some() || (at.get(1).is_some_and(|t| t.is_one_of(&['$', '£', '€'])) && at.digits(2).is_some());
    if digits && digits_before(at) && !spaced_before {
        return Some(Change::words(1, " to "));
    }
    // espeak-ng joins words at a hyphen and pauses at an en dash.
    (!at.mark(0, '-') && !spaced_before && !spaced_after).then(|| Change::words(1, "-"))
}

fn nothing(at: At<'_>) -> Change {
    let spaced = at.before().is_none_or(|t| t.kind == Kind::Space);
    Change::words(if spaced { at.skip_space(1) } else { 1 }, "")
}

/// `he/she`, `and/or`, `w/`.
fn slash_words(at: At<'_>) -> Option<Change> {
    let first = at.word(0).filter(|_| at.starts_word() && at.mark(1, '/'))?;
    if (first == "w" || first == "W") && at.word(2) != Some("o") {
        let space = if at.get(2).is_some_and(|t| t.kind == Kind::Word) { " " } else { "" };
        return Some(Change::words(2, format!("with{space}")));
    }
    let mut written = first.to_lowercase();
    let mut taken = 1;
    while at.mark(taken, '/')
        && let Some(next) = at.word(taken + 1)
    {
        written.push('/');
        written.push_str(&next.to_lowercase());
        taken += 2;
    }
    SLASHES.get(written.as_str()).map(|said| Change::words(taken, *said))
}

/// A slash between words is a space, behind an amount it is "per", on its own it is said.
fn slash(at: At<'_>) -> Change {
    let word_follows = at.tokens.get(at.index + 1).is_some_and(Token::is_wordlike);
    let joined = at.before().is_some_and(|t| t.kind != Kind::Space);
    if joined && word_follows && digits_before(at) && at.word(1).is_some() {
        return Change::words(1, " per ");
    }
    if joined && word_follows {
        return Change::words(1, " ");
    }
    Change::words(at.skip_space(1), if joined { " " } else { "" })
}
