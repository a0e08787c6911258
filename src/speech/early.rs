//! The beginning of a take, while the rest of it is still being made.

use super::piper::{FADE, GUARD, SILENCE};
use crate::audio::{HEARD, ResampleError, ResampleStream, Resampler, SampleRate, raised_cosine};

/// Makes the beginning of a take of what a voice has made so far. What it gives out is what the finished take begins with, sample by
/// sample: its ends are trimmed and faded as the voice does, and as [`crate::audio::Take::conform`] does.
pub struct Early {
    /// In frames of the voice.
    guard: usize,
    fade: usize,
    made: Vec<f32>,
    /// Where the clip begins in what was made.
    start: Option<usize>,
    /// Up to where what was made has been converted.
    taken: usize,
    stream: ResampleStream,
    converted: Vec<f32>,
    /// Whether the take has begun.
    begun: bool,
}

impl Early {
    /// For a voice of one rate and a session of another.
    ///
    /// # Errors
    ///
    /// When the two cannot be converted into each other.
    pub fn new(voice: SampleRate, session: SampleRate) -> Result<Self, ResampleError> {
        let length = |seconds: f32| (seconds * voice.hertz() as f32).round() as usize;
        Ok(Self {
            guard: length(GUARD),
            fade: length(FADE),
            made: Vec::new(),
            start: None,
            taken: 0,
            stream: Resampler::new(voice, session)?.stream(1)?,
            converted: Vec::new(),
            begun: false,
        })
    }

    /// Takes what was made next, and gives what the take goes on with as far as that is certain.
    ///
    /// # Errors
    ///
    /// When the resampler fails.
    pub fn push(&mut self, samples: &[f32]) -> Result<&[f32], ResampleError> {
        self.converted.clear();
        self.made.extend_from_slice(samples);
        let loud = |sample: &f32| sample.abs() >= SILENCE;
        if self.start.is_none() {
            self.start = self.made.iter().position(loud).map(|first| first.saturating_sub(self.guard));
            self.taken = self.start.unwrap_or(0);
        }
        let (Some(start), Some(last)) = (self.start, self.made.iter().rposition(loud)) else {
            return Ok(&self.converted);
        };
        // Were the last sound the end, it would be faded out over so many frames.
        let certain = last.saturating_sub(self.fade);
        if certain < start + 2 * self.fade || certain <= self.taken {
            return Ok(&self.converted);
        }
        let mut next = self.made[self.taken..certain].to_vec();
        for (sample, at) in next.iter_mut().zip(self.taken - start..self.fade) {
            *sample *= raised_cosine((at as f32 + 0.5) / self.fade as f32);
        }
        self.taken = certain;
        self.stream.push(&next, &mut self.converted)?;
        if !self.begun {
            let first = self.converted.iter().position(|sample| sample.abs() >= HEARD);
            self.converted.drain(..first.unwrap_or(self.converted.len()));
            self.begun = first.is_some();
        }
        Ok(&self.converted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audio::Take,
        plan::{Piece, Said, Utterance},
        speech::{
            Voice,
            piper::{PiperOptions, PiperVoice},
        },
    };
    use std::path::Path;

    #[test]
    fn what_is_given_early_is_what_the_take_begins_with() {
        let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium/en_US-joe-medium.onnx");
        let voice = PiperVoice::load(&model, &PiperOptions::default()).unwrap();
        let words = "Notice where something solid is holding you, and let it hold you for a while.";
        let pieces = vec![Piece { said: Said::Words(words.into()), stretch: 1.0 }];
        let prompt = voice.prompt(&Utterance { voice: 0, pieces, pace: 0.8, seed: 3 }).unwrap();
        let mut early = Early::new(voice.sample_rate(), SampleRate::HZ_48000).unwrap();
        let (mut given, mut times) = (Vec::new(), 0);
        let clip = voice.speak_early(&prompt, &mut |samples| {
            given.extend_from_slice(early.push(samples).unwrap());
            times += 1;
        });
        let take = Take::conform(clip.unwrap(), SampleRate::HZ_48000).unwrap();
        assert!(times > 5, "it comes in pieces");
        assert!(given.len() as f64 > take.frames().0 as f64 * 0.9, "nearly all of it is certain before the end");
        assert!(given == take.samples()[..given.len()], "the same samples");
    }
}
