use super::{espeak::install_into, prompt};
use crate::{
    plan::{Piece, Said, Utterance},
    speech::{PromptSentence, SpeechError},
};
use unicode_normalization::UnicodeNormalization;

fn words(text: &str, stretch: f32) -> Piece {
    Piece { said: Said::Words(text.to_owned()), stretch }
}

fn ipa(text: &str) -> Piece {
    Piece { said: Said::Ipa(text.to_owned()), stretch: 1.0 }
}

fn utterance(pieces: Vec<Piece>) -> Utterance {
    Utterance { voice: 0, pieces, pace: 0.9, seed: 7 }
}

fn spoken(pieces: Vec<Piece>) -> Vec<PromptSentence> {
    prompt(&utterance(pieces), "en-us").unwrap().sentences
}

fn phonemes(pieces: Vec<Piece>) -> Vec<String> {
    let sentences = spoken(pieces);
    for sentence in &sentences {
        assert_eq!(sentence.phonemes.chars().count(), sentence.stretch.len(), "{}", sentence.phonemes);
    }
    sentences.into_iter().map(|sentence| sentence.phonemes).collect()
}

/// Texts and their phonemes as Piper 1.8.0 writes them, without the glide mark that only its newer espeak-ng knows.
fn reference() -> Vec<(String, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity/phonemes.json");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let texts = json["texts"].as_array().unwrap();
    let sentences = |text: &serde_json::Value| {
        let sentences = text["sentences"].as_array().unwrap();
        sentences.iter().map(|sentence| without_glide(sentence["phonemes"].as_str().unwrap())).collect()
    };
    texts.iter().map(|text| (text["text"].as_str().unwrap().to_owned(), sentences(text))).collect()
}

fn without_glide(phonemes: &str) -> String {
    phonemes.nfd().filter(|c| *c != '\u{2b2}').collect()
}

#[test]
fn texts_have_the_phonemes_that_piper_gives_them() {
    let reference = reference();
    assert_eq!(reference.len(), 120);
    let mut wrong = Vec::new();
    for (text, expected) in &reference {
        let got: Vec<String> = phonemes(vec![words(text, 1.0)]).iter().map(|said| without_glide(said)).collect();
        if got != *expected {
            wrong.push(format!("{text}\n  {got:?}\n  {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn eight_threads_get_what_one_gets() {
    let texts: Vec<String> = reference().into_iter().take(100).map(|(text, _)| text).collect();
    let say = |text: &String| phonemes(vec![words(text, 1.0)]);
    let serial: Vec<_> = texts.iter().map(say).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| texts.iter().map(say).collect::<Vec<_>>())).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), serial);
        }
    });
}

#[test]
fn sounds_stand_between_words_and_take_the_punctuation_behind_them() {
    assert_eq!(phonemes(vec![ipa("klˈoʊz"), words(" your eyes.", 1.0)]), ["klˈoʊz jʊɹ ˈaɪz."]);
    assert_eq!(phonemes(vec![words("And ", 1.0), ipa("klˈoʊz"), words(", slowly.", 1.0)]), ["ænd klˈoʊz, slˈoʊli."]);
    assert_eq!(phonemes(vec![words("Rest,", 1.0), ipa("wˈaɪnd"), ipa("dˈaʊn")]), ["ɹˈɛst, wˈaɪnd dˈaʊn"]);
}

#[test]
fn sounds_are_decomposed() {
    assert_eq!(phonemes(vec![ipa("\u{e7}a")]), ["c\u{327}a"]);
}

#[test]
fn a_stretched_word_is_said_as_without_and_only_its_sounds_last_longer() {
    let sentences = spoken(vec![words("You are ", 1.0), words("safe", 1.3), words(" here, now.", 1.0)]);
    let plain = phonemes(vec![words("You are safe here, now.", 1.0)]);
    assert_eq!(sentences.len(), 1);
    assert_eq!(sentences[0].phonemes, plain[0]);
    let long = sentences[0].phonemes.chars().zip(&sentences[0].stretch).filter(|(_, stretch)| **stretch > 1.0);
    assert_eq!(long.map(|(sound, _)| sound).collect::<String>(), "sˈeɪf");
}

#[test]
fn marks_divide_clauses_and_sentences() {
    assert_eq!(
        phonemes(vec![words("One, two; three: four? Five! Six", 1.0)]),
        ["wˌʌn, tˈuː; θɹˈiː: fˈɔːɹ?", "fˈaɪv!", "sˈɪks"]
    );
    assert_eq!(
        phonemes(vec![words("\u{201c}One.\u{201d} (Two.) Six\u{2026} six", 1.0)]),
        ["wˌʌn.", "tˈuː.", "sˈɪks, sˈɪks"]
    );
}

#[test]
fn text_without_anything_to_say_has_no_sentences() {
    assert_eq!(phonemes(vec![words(" \u{2014} ...", 1.0)]), Vec::<String>::new());
    assert_eq!(phonemes(vec![words("Six, .", 1.0)]), ["sˈɪks."]);
    assert_eq!(phonemes(vec![words("six\0six\nsix", 1.0)]), ["sˈɪks sˈɪks sˈɪks"]);
}

#[test]
fn pace_and_seed_are_handed_on() {
    let prompt = prompt(&utterance(vec![words("Six.", 1.0)]), "en-us").unwrap();
    assert_eq!((prompt.pace, prompt.seed), (0.9, 7));
}

#[test]
fn other_languages_are_spoken() {
    let german = prompt(&utterance(vec![words("Guten Abend.", 1.0)]), "de").unwrap();
    assert_eq!(german.sentences[0].phonemes, "ɡˈuːtən ˈɑːbənt.");
}

#[test]
fn an_unknown_language_is_refused_with_those_that_are_there() {
    for voice in ["sv", "../en", ""] {
        let error = prompt(&utterance(vec![words("Hej.", 1.0)]), voice).unwrap_err();
        let SpeechError::Phonemes { text, reason } = error else { panic!("{error}") };
        assert_eq!(text, "Hej.");
        let expected =
            format!("there is no dictionary for the language \"{voice}\"; there are de, en, es, fr, it, nl, pt");
        assert_eq!(reason, expected);
    }
}

#[test]
fn data_is_installed_once_and_mended_when_a_file_is_missing() {
    let parent = tempfile::tempdir().unwrap();
    let folder = install_into(parent.path()).unwrap();
    let dictionary = folder.join("espeak-ng-data/en_dict");
    std::fs::write(&dictionary, "ours").unwrap();
    assert_eq!(install_into(parent.path()).unwrap(), folder);
    assert_eq!(std::fs::read_to_string(&dictionary).unwrap(), "ours");
    std::fs::remove_file(folder.join("espeak-ng-data/phontab")).unwrap();
    install_into(parent.path()).unwrap();
    assert!(folder.join("espeak-ng-data/phontab").is_file());
    assert!(std::fs::metadata(&dictionary).unwrap().len() > 1000);
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
}

#[test]
fn words_beside_given_sounds_are_said_as_in_their_clause() {
    let said = |before: &str, sounds: &str, after: &str| {
        phonemes(vec![words(before, 1.0), ipa(sounds), words(after, 1.0)]).join("|")
    };
    assert_eq!(said("when they want to ", "klˈoʊz", "."), "wˌɛn ðeɪ wˈɔnt tə klˈoʊz.");
    assert_eq!(said("a ", "klˈoʊs", " friend."), "ɐ klˈoʊs fɹˈɛnd.");
    assert_eq!(said("the ", "ˈɛksɝsaɪz", " of it, slowly."), "ðɪ ˈɛksɝsaɪz ʌv ɪt, slˈoʊli.");
}
