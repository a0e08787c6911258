//! Phonemes become the numbers that a voice was trained on.

use super::config::Config;
use crate::speech::Prompt;

/// What one inference is given.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_field_names, reason = "Piper calls them ids")]
pub(super) struct Ids {
    /// Beginning, pad, then each phoneme and a pad, end.
    pub(super) ids: Vec<i32>,
    /// For each id how much longer than usual it lasts.
    pub(super) stretch: Vec<f32>,
    /// Phonemes that the voice does not know and that are left out.
    pub(super) unknown: Vec<char>,
}

impl Ids {
    /// Numbers the phonemes of a prompt, its sentences one after the other with a space between.
    ///
    /// A pad lasts as long as the phoneme before it asks for. No ids at all when nothing is to be said.
    pub(super) fn new(prompt: &Prompt, config: &Config) -> Self {
        let mut this = Self { ids: Vec::new(), stretch: Vec::new(), unknown: Vec::new() };
        this.push(&config.bos, 1.0);
        this.push(&config.pad, 1.0);
        let empty = this.ids.len();
        let mut last = None;
        for sentence in &prompt.sentences {
            let stretches = sentence.stretch.iter().copied().chain(std::iter::repeat(1.0));
            let gap = last.is_some_and(|c: char| !c.is_whitespace()).then_some((' ', 1.0));
            for (phoneme, stretch) in gap.into_iter().chain(sentence.phonemes.chars().zip(stretches)) {
                last = Some(phoneme);
                match config.phonemes.get(&phoneme) {
                    Some(ids) => {
                        this.push(ids, stretch);
                        this.push(&config.pad, stretch);
                    }
                    None => this.unknown.push(phoneme),
                }
            }
        }
        if this.ids.len() == empty {
            this.ids.clear();
            this.stretch.clear();
        } else {
            this.push(&config.eos, 1.0);
        }
        this
    }

    fn push(&mut self, ids: &[i32], stretch: f32) {
        self.ids.extend(ids);
        self.stretch.extend(ids.iter().map(|_| stretch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::PromptSentence;
    use std::path::Path;

    fn config() -> Config {
        Config::read(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/voices/en_US-joe-medium/en_US-joe-medium.onnx.json"
        )))
        .unwrap()
        .0
    }

    fn prompt(sentences: &[&str]) -> Prompt {
        let sentences = sentences
            .iter()
            .map(|s| PromptSentence { phonemes: (*s).into(), stretch: vec![1.0; s.chars().count()] })
            .collect();
        Prompt { sentences, pace: 1.0, seed: 0 }
    }

    #[test]
    fn phonemes_get_the_ids_that_piper_gives_them() {
        let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity/phonemes.json")).unwrap();
        let parity: serde_json::Value = serde_json::from_slice(&text).unwrap();
        let config = config();
        let mut count = 0;
        for text in parity["texts"].as_array().unwrap() {
            for sentence in text["sentences"].as_array().unwrap() {
                let ids = Ids::new(&prompt(&[sentence["phonemes"].as_str().unwrap()]), &config);
                assert_eq!(serde_json::json!(ids.ids), sentence["ids"], "{}", text["text"]);
                assert!(ids.unknown.is_empty());
            }
            count += 1;
        }
        assert_eq!(count, 120);
    }

    #[test]
    fn pads_last_as_long_as_the_phoneme_before_them() {
        let mut prompt = prompt(&["ab"]);
        prompt.sentences[0].stretch = vec![1.0, 1.5];
        let ids = Ids::new(&prompt, &config());
        assert_eq!(ids.ids, [1, 0, 14, 0, 15, 0, 2]);
        assert_eq!(ids.stretch, [1.0, 1.0, 1.0, 1.0, 1.5, 1.5, 1.0]);
    }

    #[test]
    fn sentences_are_joined_with_one_beginning_and_one_end() {
        let ids = Ids::new(&prompt(&["a.", "b."]), &config());
        assert_eq!(ids.ids, [1, 0, 14, 0, 10, 0, 3, 0, 15, 0, 10, 0, 2]);
    }

    #[test]
    fn unknown_phonemes_are_left_out_and_told() {
        let ids = Ids::new(&prompt(&["a☃b"]), &config());
        assert_eq!(ids.ids, [1, 0, 14, 0, 15, 0, 2]);
        assert_eq!(ids.unknown, ['☃']);
    }

    #[test]
    fn nothing_to_say_has_no_ids() {
        assert!(Ids::new(&prompt(&[]), &config()).ids.is_empty());
        assert!(Ids::new(&prompt(&["", "☃"]), &config()).ids.is_empty());
    }
}
