//! What is written becomes what is said.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use proptest::prelude::*;
use std::fmt::Write as _;
use undertone::{
    plan::{Piece, Said},
    script::{FileId, LexiconEntry, Pronunciation, Span, Spanned},
    speech::wording::{Worded, word},
};

fn words(text: &str) -> Piece {
    Piece { said: Said::Words(text.to_owned()), stretch: 1.0 }
}

fn sounds(ipa: &str) -> Piece {
    Piece { said: Said::Ipa(ipa.to_owned()), stretch: 1.0 }
}

fn worded(text: &str) -> Worded {
    word(&[words(text)], "en-US", &[])
}

/// Words as they are, sounds between slashes.
fn shown(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match &piece.said {
            Said::Words(words) => words.clone(),
            Said::Ipa(ipa) => format!("/{ipa}/"),
        })
        .collect()
}

fn entry(word: &str, said: Pronunciation) -> LexiconEntry {
    let span = Span { file: FileId(0), start: 0, end: 0 };
    LexiconEntry { word: Spanned { value: word.to_owned(), span }, said }
}

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().filter(|l| !l.is_empty() && !l.starts_with("# ")).map(|l| l.split('\t').collect())
}

#[test]
fn every_example_is_said_as_the_table_says() {
    let mut wrong = String::new();
    let mut count = 0;
    for row in rows(include_str!("data/wording.tsv")) {
        let [written, said] = row[..] else { panic!("not two columns: {row:?}") };
        let got = shown(&worded(written).pieces);
        if got != said {
            let _ = writeln!(wrong, "{written:?} should be {said:?} and is {got:?}");
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count >= 200, "{count} examples");
}

#[test]
fn every_homograph_sounds_as_the_table_says() {
    let mut wrong = String::new();
    let mut count = 0;
    for row in rows(include_str!("data/homographs.tsv")) {
        let [sentence, homograph, ipa] = row[..] else { panic!("not three columns: {row:?}") };
        let got = shown(&worded(sentence).pieces);
        let at = sentence.to_lowercase().find(homograph).unwrap();
        let (before, after) = (&sentence[..at], &sentence[at + homograph.len()..]);
        // Other homographs of the sentence may have become sounds as well, so only what is around is compared.
        let said = if ipa == "=" { sentence[at..at + homograph.len()].to_owned() } else { format!("/{ipa}/") };
        let around = [before.split(' ').next_back().unwrap_or(""), after.split(' ').next().unwrap_or("")];
        if !got.contains(&format!("{}{said}{}", around[0], around[1])) {
            let _ = writeln!(wrong, "{sentence:?}: {homograph} should be {said} in {got:?}");
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count >= 80, "{count} sentences");
}

#[test]
fn plain_text_comes_back_unchanged_in_one_piece() {
    for text in [
        "Let your shoulders soften, and notice how the breath moves on its own.",
        "Welcome, friend. It's good that you are here; there is nothing to do.",
        "  spaces  stay   as they are  ",
        "well-being and self-compassion (for all), isn't it?",
        "",
    ] {
        let expected = if text.is_empty() { Vec::new() } else { vec![words(text)] };
        assert_eq!(worded(text), Worded { pieces: expected, warnings: Vec::new() });
    }
}

#[test]
fn other_languages_pass_through() {
    let pieces = [words("Um 10:30 Uhr – 5 km & 3 €, Dr. Müller 🌙"), sounds("ˈoʊm")];
    assert_eq!(word(&pieces, "de", &[]), Worded { pieces: pieces.to_vec(), warnings: Vec::new() });
}

#[test]
fn a_script_s_lexicon_holds_in_every_language() {
    let lexicon = [entry("om", Pronunciation::Ipa("ˈoːm".to_owned()))];
    let said = word(&[words("Das Om, die Oma")], "de-DE", &lexicon);
    assert_eq!(shown(&said.pieces), "Das /ˈoːm/, die Oma");
}

#[test]
fn a_script_s_lexicon_wins_over_every_rule() {
    let lexicon = [
        entry("metta", Pronunciation::Ipa("mˈɛtə".to_owned())),
        entry("HRV", Pronunciation::Words("heart rate variability".to_owned())),
        entry("4-7-8", Pronunciation::Words("the relaxing breath".to_owned())),
        entry("close", Pronunciation::Words("close".to_owned())),
        entry("Dr.", Pronunciation::Words("drum".to_owned())),
    ];
    for (written, said) in [
        ("Metta, and METTA's warmth", "/mˈɛtə/, and /mˈɛtəz/ warmth"),
        ("your hrv", "your heart rate variability"),
        ("4-7-8 now", "the relaxing breath now"),
        ("close your eyes", "close your eyes"),
        ("Dr. Smith", "drum Smith"),
        ("mettasutta", "mettasutta"),
    ] {
        assert_eq!(shown(&word(&[words(written)], "en", &lexicon).pieces), said);
    }
}

#[test]
fn the_longest_entry_of_a_lexicon_wins() {
    let lexicon = [
        entry("yoga", Pronunciation::Words("short".to_owned())),
        entry("yoga nidra", Pronunciation::Words("long".to_owned())),
    ];
    assert_eq!(shown(&word(&[words("Yoga  Nidra, yoga")], "en", &lexicon).pieces), "long, short");
}

#[test]
fn sounds_pass_through_and_stretch_is_kept() {
    let slow = Piece { said: Said::Words("5 km".to_owned()), stretch: 1.25 };
    let said = word(&[words("Walk "), slow, words(" to "), sounds("ˈoʊm"), words(".")], "en", &[]);
    let slow = Piece { said: Said::Words("five kilometers".to_owned()), stretch: 1.25 };
    assert_eq!(said.pieces, [words("Walk "), slow, words(" to "), sounds("ˈoʊm"), words(".")]);
}

#[test]
fn an_emoji_is_left_out_with_a_warning() {
    let said = worded("Sleep well 🌙✨ now");
    assert_eq!(said.pieces, [words("Sleep well now")]);
    assert_eq!(said.warnings, ["\"🌙✨\" has no sound and is left out"]);
}

proptest! {
    #[test]
    fn no_text_brings_it_down(text in "\\PC{0,60}") {
        let _ = worded(&text);
    }

    #[test]
    fn no_mix_of_numbers_and_marks_brings_it_down(
        text in "([0-9]{1,5}|[-–—/:.,$£€%°#&+=x'’ ]|am|p\\.m\\.|s|th|km|May|Dr\\.|Chapter|IV|½|no\\.|st|close|\u{1F319}){0,24}"
    ) {
        let _ = worded(&text);
    }

    #[test]
    fn text_of_plain_words_comes_back_unchanged(text in "[b-df-hj-np-tv-z]{2,7}( [b-df-hj-np-tv-z]{2,7}){0,8}[.?!]") {
        prop_assume!(!text.split(|c: char| !c.is_alphabetic()).any(|w| ["vs", "ml", "cf", "chi"].contains(&w)));
        prop_assert_eq!(worded(&text).pieces, [words(&text)]);
    }
}
