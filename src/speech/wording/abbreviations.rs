//! Short forms: titles, "e.g.", capitals that are spelled, Roman numerals.

use super::{
    numbers::{cardinal, ordinal, roman},
    tokens::{At, Change, Kind},
};
use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

static ABBREVIATIONS: LazyLock<HashMap<&'static str, Vec<(&'static str, &'static str)>>> = LazyLock::new(|| {
    let mut map: HashMap<_, Vec<_>> = HashMap::new();
    for row in super::rows(include_str!("data/abbreviations.tsv")) {
        if let [written, said, when] = row.as_slice() {
            map.entry(*written).or_default().push((*said, *when));
        }
    }
    map
});

static ACRONYMS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    super::rows(include_str!("data/acronyms.tsv")).filter_map(|row| Some((*row.first()?, *row.get(1)?))).collect()
});

static NUMBERED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| first_column(include_str!("data/numbered.tsv")));
static KINGS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| first_column(include_str!("data/kings.tsv")));

fn first_column(table: &'static str) -> HashSet<&'static str> {
    super::rows(table).filter_map(|row| row.first().copied()).collect()
}

/// `Dr.`, `e.g.`, `No. 5`.
pub(super) fn abbreviation(at: At<'_>) -> Option<Change> {
    at.word(0).filter(|_| at.starts_word())?;
    // "e.g" is a word, a point and a word; the longest comes first.
    [5, 3, 1].into_iter().find_map(|taken| {
        let mut written = String::new();
        for offset in 0..taken {
            let token = at.get(offset).filter(|t| t.kind == Kind::Word || t.is_mark('.'))?;
            written.push_str(&token.text);
        }
        if !at.ends_word(taken) {
            return None;
        }
        let readings = ABBREVIATIONS.get(written.as_str()).or_else(|| {
            // "E.g." begins a sentence, "VS" stands in a heading.
            let lower = written.to_lowercase();
            (written.len() > 1 && !["no", "nos", "min", "max", "sec"].contains(&lower.as_str()))
                .then(|| ABBREVIATIONS.get(lower.as_str()))?
        })?;
        let point = at.mark(taken, '.');
        let (said, when) = readings.iter().find(|(_, when)| holds(at, taken, point, when))?;
        let title = ["name", "number", "title"].contains(when);
        let swallowed = point && (title || !at.sentence_ends(taken + 1));
        let capital = written.starts_with(char::is_uppercase) && at.word_before().is_none();
        let said = if capital { capitalized(said) } else { (*said).to_owned() };
        Some(Change::words(taken + usize::from(swallowed), said))
    })
}

fn holds(at: At<'_>, taken: usize, point: bool, when: &str) -> bool {
    let next = at.skip_space(taken + usize::from(point));
    let spaced = next > taken + usize::from(point);
    let capital = spaced
        && (at.word(next).is_some_and(|w| w.starts_with(char::is_uppercase))
            || at.tokens.get(at.index + next).is_some_and(|t| t.kind == Kind::Ipa));
    match when {
        "any" => true,
        "point" => point,
        "title" => point && spaced,
        "name" => capital,
        "after" => {
            let named = at.index >= 2
                && at.tokens[at.index - 1].kind == Kind::Space
                && at.tokens[at.index - 2].kind == Kind::Word
                && at.tokens[at.index - 2].text.starts_with(char::is_uppercase)
                && at.index >= 3;
            named && (!capital || at.sentence_ends(taken + 1) && point)
        }
        "number" => point && (at.digits(next).is_some() || at.word(next).is_some_and(|w| roman(w).is_some())),
        _ => false,
    }
}

fn capitalized(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Capitals that espeak-ng would read as a word, or should.
pub(super) fn acronym(at: At<'_>) -> Option<Change> {
    let word = at.word(0).filter(|w| w.len() > 1 && at.starts_word() && at.ends_word(1))?;
    let (letters, several) = match word.strip_suffix('s') {
        Some(stem) if stem.len() > 1 && stem.bytes().all(|b| b.is_ascii_uppercase()) => (stem, true),
        _ => (word, false),
    };
    if !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    match *ACRONYMS.get(letters)? {
        // Among other capitals it is a word that is shouted.
        "spell" if letters.len() > 2 || !shouted(at) => {
            let ending = if several { "z" } else { "" };
            Some(Change::ipa(1, format!("{}{ending}", spelled(letters))))
        }
        "spell" => None,
        words => Some(Change::words(1, words)),
    }
}

fn shouted(at: At<'_>) -> bool {
    let capitals = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
    at.word_before().is_some_and(capitals) || at.next_word(1).is_some_and(capitals)
}

/// Letters by name; the last one is stressed, as espeak-ng does it.
pub(super) fn spelled(letters: &str) -> String {
    let last = letters.len().saturating_sub(1);
    letters
        .bytes()
        .enumerate()
        .map(|(i, letter)| {
            let name = match letter.to_ascii_uppercase() {
                b'A' => "'eɪ",
                b'B' => "b'iː",
                b'C' => "s'iː",
                b'D' => "d'iː",
                b'E' => "'iː",
                b'F' => "'ɛf",
                b'G' => "dʒ'iː",
                b'H' => "'eɪtʃ",
                b'I' => "'aɪ",
                b'J' => "dʒ'eɪ",
                b'K' => "k'eɪ",
                b'L' => "'ɛl",
                b'M' => "'ɛm",
                b'N' => "'ɛn",
                b'O' => "'oʊ",
                b'P' => "p'iː",
                b'Q' => "kj'uː",
                b'R' => "'ɑːɹ",
                b'S' => "'ɛs",
                b'T' => "t'iː",
                b'U' => "j'uː",
                b'V' => "v'iː",
                b'W' => "d'ʌbəljˌuː",
                b'X' => "'ɛks",
                b'Y' => "w'aɪ",
                b'Z' => "z'iː",
                _ => "",
            };
            name.replace('\'', if i == last { "ˈ" } else { "ˌ" })
        })
        .collect()
}

/// `Chapter IV`, `Henry VIII`.
pub(super) fn roman_numeral(at: At<'_>) -> Option<Change> {
    let word = at.word(0).filter(|_| at.starts_word() && at.ends_word(1))?;
    let value = roman(word)?;
    let before = at.word_before().filter(|_| at.before().is_some_and(|t| t.kind == Kind::Space))?;
    let next = at.next_word(1);
    if NUMBERED.contains(before.to_lowercase().as_str()) && (word.len() > 1 || before.starts_with(char::is_uppercase)) {
        // "the part I love": a pronoun.
        let pronoun = word == "I" && next.is_some_and(|w| w.starts_with(char::is_lowercase) && w != "of" && w != "and");
        return (!pronoun).then(|| Change::words(1, cardinal(value)));
    }
    if KINGS.contains(before) && (word.len() > 1 || next.is_none_or(|w| w == "of" || w == "and")) {
        return Some(Change::words(1, format!("the {}", ordinal(value))));
    }
    None
}
