//! What is said and what is waited for, in order, before anything is spoken.

mod fit;
mod pauses;
mod personal;

/// A part of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What is said.
    pub said: Said,
    /// How much longer than usual its sounds last: 1.0 is plain, more is emphasis.
    pub stretch: f32,
}

/// Words as they are written in a script, or sounds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    /// Written text, with its punctuation.
    Words(String),
    /// Phonemes as espeak-ng writes them.
    Ipa(String),
}

/// What one inference speaks: one sentence or a few short ones, never across a pause.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// In the order in which they are said.
    pub pieces: Vec<Piece>,
    /// 1.0 is the voice's own speed; below it is slower.
    pub pace: f32,
    /// What the noise inside the voice is drawn from, together with what is said.
    pub seed: u64,
}
