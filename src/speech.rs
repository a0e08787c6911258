//! Utterances become takes: words, phonemes, and the engines that speak them.

pub mod cache;
pub mod catalog;
pub mod early;
pub mod phonemes;
pub mod piper;
pub mod takes;
pub mod tone;
pub mod wording;

use crate::{
    audio::{Clip, SampleRate},
    plan::Utterance,
};
use std::path::PathBuf;

/// What a voice is given, worked out from an utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Sounds, one string a sentence, with the punctuation that shapes the melody.
    pub sentences: Vec<PromptSentence>,
    /// As in the utterance.
    pub pace: f32,
    /// As in the utterance.
    pub seed: u64,
}

/// The phonemes of one sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptSentence {
    /// Phonemes as espeak-ng writes them, NFD.
    pub phonemes: String,
    /// For each `char` of `phonemes`, how much longer than usual it lasts.
    pub stretch: Vec<f32>,
}

/// A voice that speaks.
pub trait Voice: Sync {
    /// The rate of its clips.
    fn sample_rate(&self) -> SampleRate;

    /// Names engine, model and settings: two voices with one identity speak one prompt in the same samples.
    fn identity(&self) -> &str;

    /// Works out what is said, sound by sound.
    ///
    /// # Errors
    ///
    /// When text cannot be turned into phonemes.
    fn prompt(&self, utterance: &Utterance) -> Result<Prompt, SpeechError>;

    /// Speaks a prompt: mono, at the voice's rate, trimmed, edges faded. The same prompt gives the same samples.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    fn speak(&self, prompt: &Prompt) -> Result<Clip, SpeechError>;

    /// The same, and hands on what there is while it is being made, neither trimmed nor faded; [`early::Early`] makes the beginning of
    /// a take of it. A voice may hand on nothing.
    ///
    /// # Errors
    ///
    /// When the engine fails.
    fn speak_early(&self, prompt: &Prompt, each: &mut dyn FnMut(&[f32])) -> Result<Clip, SpeechError> {
        let _ = each;
        self.speak(prompt)
    }
}

/// Why speech could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// A file of a voice cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A voice's file is not what it should be.
    #[error("{path} is not a usable voice: {reason}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong and what is allowed.
        reason: String,
    },
    /// The phonemizer failed.
    #[error("cannot turn \"{text}\" into phonemes: {reason}")]
    Phonemes {
        /// What was to be said.
        text: String,
        /// What went wrong.
        reason: String,
    },
    /// The engine failed.
    #[error("the voice could not speak: {reason}")]
    Engine {
        /// What it said.
        reason: String,
    },
    /// The take cannot be stored or read back.
    #[error("cannot use the cache folder {path}")]
    Cache {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
