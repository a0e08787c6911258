//! What is written becomes what is said: numbers, times, money, units, short forms, marks, homographs, and the words
//! of the trade. Phonemes are made of it later.
//!
//! The rules are for English. They run in this order, and what one has said the next leave alone: the script's lexicon,
//! numbers and marks, the trade's lexicon, homographs. Plain text comes out as it was, in one piece, so that its phonemes
//! are those of the plain text.

mod abbreviations;
mod addresses;
mod characters;
mod clock;
mod homographs;
mod lexicon;
mod money;
mod numbers;
mod quantities;
mod symbols;
mod tokens;
mod units;

use crate::{plan::Piece, script::LexiconEntry};
use tokens::{At, Change};

/// An utterance in spoken words.
#[derive(Debug, Clone, PartialEq)]
pub struct Worded {
    /// What is said, in order. White space at the edges of a piece counts: where there is none, the pieces are one word.
    pub pieces: Vec<Piece>,
    /// What could not be said, such as an emoji, for a person to read.
    pub warnings: Vec<String>,
}

/// Puts written text into spoken words. `pieces` is one utterance; `language` is a BCP 47 tag: the rules are for English,
/// text in other languages passes through except for the words of `lexicon`, the script's own.
///
/// Sounds ([`Said::Ipa`](crate::plan::Said::Ipa)) pass through. A word whose sound depends on its meaning, or that
/// espeak-ng does not know, becomes sounds.
#[must_use]
pub fn word(pieces: &[Piece], language: &str, lexicon: &[LexiconEntry]) -> Worded {
    let english = is_english(language);
    if !english && lexicon.is_empty() {
        return Worded { pieces: pieces.to_vec(), warnings: Vec::new() };
    }
    let mut warnings = Vec::new();
    let mut tokens = tokens::tokens_of(pieces);
    if english {
        tokens = characters::clean(tokens, &mut warnings);
    }
    if !lexicon.is_empty() {
        let own = lexicon::Lexicon::of(lexicon);
        tokens = tokens::rewrite(&tokens, |at| own.find(at));
    }
    if english {
        tokens = tokens::rewrite(&tokens, spoken);
        tokens = tokens::rewrite(&tokens, |at| lexicon::trade().find(at));
        tokens = homographs::read(tokens);
    }
    Worded { pieces: tokens::pieces_of(tokens), warnings }
}

fn is_english(language: &str) -> bool {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    primary.eq_ignore_ascii_case("en")
}

/// The rules in the order in which they are asked.
fn spoken(at: At<'_>) -> Option<Change> {
    addresses::address(at)
        .or_else(|| clock::date(at))
        .or_else(|| clock::clock(at))
        .or_else(|| money::money(at))
        .or_else(|| quantities::pattern(at))
        .or_else(|| quantities::quantity(at))
        .or_else(|| clock::lone_meridiem(at))
        .or_else(|| abbreviations::roman_numeral(at))
        .or_else(|| abbreviations::acronym(at))
        .or_else(|| symbols::symbol(at))
        .or_else(|| abbreviations::abbreviation(at))
}

/// The rows of a table: one a line, columns parted by tabs, `#` begins a remark.
fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .map(|line| line.split('\t').map(str::trim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, path::Path};
    use unicode_normalization::UnicodeNormalization;

    /// The code points that the voice knows: others are dropped in silence.
    fn alphabet() -> BTreeSet<char> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium/en_US-joe-medium.onnx.json");
        let voice: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        voice["phoneme_id_map"].as_object().unwrap().keys().filter_map(|key| key.chars().next()).collect()
    }

    #[test]
    fn every_sound_is_in_the_alphabet_of_the_voice() {
        let alphabet = alphabet();
        let lexicon = rows(include_str!("wording/data/lexicon.tsv")).filter_map(|row| row.get(1).copied());
        let homographs =
            rows(include_str!("wording/data/homographs.tsv")).filter(|row| row.len() == 4).map(|row| row[1]);
        let letters = abbreviations::spelled("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        let mut count = 0;
        for ipa in lexicon.chain(homographs).filter(|ipa| *ipa != "=").chain([letters.as_str(), clock::AM]) {
            let strange: String = ipa.nfd().filter(|c| !alphabet.contains(c)).collect();
            assert!(strange.is_empty(), "{ipa} holds {strange:?}");
            count += 1;
        }
        assert!(count > 350, "{count} rows are checked");
    }

    #[test]
    fn every_row_of_every_table_has_all_its_columns() {
        for (table, columns) in [
            (include_str!("wording/data/abbreviations.tsv"), 3),
            (include_str!("wording/data/acronyms.tsv"), 2),
            (include_str!("wording/data/kings.tsv"), 1),
            (include_str!("wording/data/lexicon.tsv"), 2),
            (include_str!("wording/data/numbered.tsv"), 1),
            (include_str!("wording/data/slashes.tsv"), 2),
            (include_str!("wording/data/units.tsv"), 4),
        ] {
            for row in rows(table) {
                assert_eq!(row.len(), columns, "{row:?}");
            }
        }
        for row in rows(include_str!("wording/data/homographs.tsv")) {
            let columns = if row[0].starts_with('$') { 2 } else { 4 };
            assert_eq!(row.len(), columns, "{row:?}");
        }
    }
}
