//! A voice that speaks in tones, so that the whole program runs without a model.

use super::{Prompt, PromptSentence, SpeechError, Voice};
use crate::{
    audio::{Clip, SampleRate, fade_edges},
    plan::{Said, Utterance},
};

/// How long one letter lasts at a pace of 1, in milliseconds: about what Piper's voices take.
const LETTER_MS: f32 = 65.0;

/// Speaks each letter as a tone of its own, 65 ms long at a pace of 1.
#[derive(Debug, Clone)]
pub struct ToneVoice {
    rate: SampleRate,
    identity: String,
}

impl ToneVoice {
    /// The name that a script or the command line calls it by.
    pub const NAME: &'static str = "tone";

    /// A voice of this rate.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self { rate, identity: format!("tone 1 at {rate}") }
    }
}

impl Voice for ToneVoice {
    fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    fn identity(&self) -> &str {
        &self.identity
    }

    fn prompt(&self, utterance: &Utterance) -> Result<Prompt, SpeechError> {
        let mut sentence = PromptSentence { phonemes: String::new(), stretch: Vec::new() };
        for piece in &utterance.pieces {
            let (Said::Words(text) | Said::Ipa(text)) = &piece.said;
            sentence.phonemes.push_str(text);
            sentence.stretch.extend(text.chars().map(|_| piece.stretch));
        }
        Ok(Prompt { sentences: vec![sentence], pace: utterance.pace, seed: utterance.seed })
    }

    fn speak(&self, prompt: &Prompt) -> Result<Clip, SpeechError> {
        let rate = self.rate.hertz() as f32;
        let mut samples = Vec::new();
        let mut phase = 0f32;
        for sentence in &prompt.sentences {
            for (letter, stretch) in sentence.phonemes.chars().zip(&sentence.stretch) {
                let length = (LETTER_MS / 1000.0 * rate * stretch / prompt.pace).round() as usize;
                let pitch = 160.0 + 4.0 * (u32::from(letter) % 32) as f32;
                let loud = if letter.is_alphanumeric() { 0.1 } else { 0.05 };
                for _ in 0..length {
                    phase = (phase + pitch / rate).fract();
                    samples.push(loud * (std::f32::consts::TAU * phase).sin());
                }
            }
        }
        fade_edges(&mut samples, (0.005 * rate) as usize);
        Ok(Clip { samples, rate: self.rate })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Piece;

    #[test]
    fn a_letter_lasts_65_ms_and_emphasis_and_pace_lengthen_it() {
        let voice = ToneVoice::new(SampleRate::HZ_48000);
        let piece = |text: &str, stretch| Piece { said: Said::Words(text.into()), stretch };
        let utterance = Utterance { voice: 0, pieces: vec![piece("ab", 1.0), piece("c", 2.0)], pace: 0.5, seed: 1 };
        let clip = voice.speak(&voice.prompt(&utterance).unwrap()).unwrap();
        assert_eq!(clip.samples.len(), 48 * 65 * 4 * 2);
    }
}
