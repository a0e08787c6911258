//! Conversion of sample rates, with rubato's FFT resampler.

use super::SampleRate;
use rubato::{
    Fft, FixedSync, Indexing, Resampler as _, WindowFunction, audioadapter_buffers::direct::InterleavedSlice,
};

/// Frames that one transform takes in, about: long enough for a passband that is flat to 0.97 of Nyquist.
const BLOCK: usize = 1_024;

/// Why two rates cannot be converted into each other.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert from {from} to {to}: {reason}")]
pub struct ResampleError {
    from: SampleRate,
    to: SampleRate,
    reason: String,
}

/// Converts whole sounds from one rate to another.
#[derive(Debug, Clone, Copy)]
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
}

impl Resampler {
    /// A converter.
    ///
    /// # Errors
    ///
    /// When the two rates cannot be converted into each other.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        Ok(Self { from, to })
    }

    /// The length in frames of what `frames` become: `frames * to / from`, rounded to the nearest.
    #[must_use]
    pub fn length(&self, frames: u64) -> u64 {
        let (from, to) = (u128::from(self.from.hertz()), u128::from(self.to.hertz()));
        ((u128::from(frames) * to * 2 + from) / (2 * from)) as u64
    }

    /// Converts a whole mono sound; the result is `samples.len() * to / from` long, rounded.
    ///
    /// # Errors
    ///
    /// When rubato fails.
    pub fn convert(&self, samples: &[f32]) -> Result<Vec<f32>, ResampleError> {
        if self.from == self.to {
            return Ok(samples.to_vec());
        }
        let mut out = Vec::with_capacity(self.length(samples.len() as u64) as usize + BLOCK);
        let mut stream = self.stream(1)?;
        stream.push(samples, &mut out)?;
        stream.finish(&mut out)?;
        Ok(out)
    }

    /// Converts a sound that arrives in pieces, so that none of it has to be held.
    ///
    /// # Errors
    ///
    /// When rubato refuses the rates.
    pub fn stream(&self, channels: usize) -> Result<ResampleStream, ResampleError> {
        let (from, to) = (self.from.hertz() as usize, self.to.hertz() as usize);
        let engine = if from == to {
            None
        } else {
            // An even number of the shortest blocks: rubato's delay is half a block, and half a frame is no delay
            // that can be trimmed. Where the rates share only a small divisor that is a long block already.
            let shortest = from / gcd(from, to);
            let block = shortest * BLOCK.div_ceil(shortest).next_multiple_of(2);
            let window = WindowFunction::BlackmanHarris2;
            let fft = Fft::<f32>::new_custom(from, to, block, 1, channels, window, FixedSync::Both)
                .map_err(|cause| self.error(&cause))?;
            Some(fft)
        };
        let delay = engine.as_ref().map_or(0, |fft| fft.output_delay() as u64);
        let scratch = engine.as_ref().map_or(0, |fft| fft.output_frames_max() * channels);
        Ok(ResampleStream {
            resampler: *self,
            engine,
            channels,
            pending: Vec::new(),
            scratch: vec![0.0; scratch],
            taken: 0,
            given: 0,
            trim: delay,
        })
    }

    fn error(self, cause: &dyn std::fmt::Display) -> ResampleError {
        ResampleError { from: self.from, to: self.to, reason: cause.to_string() }
    }
}

/// A conversion under way: interleaved samples in, interleaved samples out, without rubato's delay.
pub struct ResampleStream {
    resampler: Resampler,
    engine: Option<Fft<f32>>,
    channels: usize,
    pending: Vec<f32>,
    scratch: Vec<f32>,
    taken: u64,
    given: u64,
    trim: u64,
}

impl ResampleStream {
    /// Takes whole interleaved frames and appends to `out` what they become.
    ///
    /// # Errors
    ///
    /// When rubato fails.
    pub fn push(&mut self, frames: &[f32], out: &mut Vec<f32>) -> Result<(), ResampleError> {
        self.taken += (frames.len() / self.channels) as u64;
        let Some(engine) = &self.engine else {
            out.extend_from_slice(frames);
            return Ok(());
        };
        let need = engine.input_frames_next() * self.channels;
        let mut rest = frames;
        if !self.pending.is_empty() {
            let more = rest.len().min(need - self.pending.len());
            self.pending.extend_from_slice(&rest[..more]);
            rest = &rest[more..];
            if self.pending.len() == need {
                let block = std::mem::take(&mut self.pending);
                self.block(&block, u64::MAX, out)?;
            }
        }
        while rest.len() >= need {
            let (block, after) = rest.split_at(need);
            self.block(block, u64::MAX, out)?;
            rest = after;
        }
        self.pending.extend_from_slice(rest);
        Ok(())
    }

    /// Appends what is still inside; all that was given out is then `Resampler::length` long.
    ///
    /// # Errors
    ///
    /// When rubato fails.
    pub fn finish(mut self, out: &mut Vec<f32>) -> Result<(), ResampleError> {
        let Some(engine) = &self.engine else { return Ok(()) };
        let need = engine.input_frames_next() * self.channels;
        let length = self.resampler.length(self.taken);
        while self.given < length {
            let mut block = std::mem::take(&mut self.pending);
            block.resize(need, 0.0);
            self.block(&block, length, out)?;
        }
        // A block that was complete may have given a frame too many only when nothing was left inside.
        let extra = (self.given - length) as usize * self.channels;
        out.truncate(out.len().saturating_sub(extra));
        Ok(())
    }

    fn block(&mut self, block: &[f32], length: u64, out: &mut Vec<f32>) -> Result<(), ResampleError> {
        let Some(engine) = &mut self.engine else { return Ok(()) };
        let resampler = self.resampler;
        let (wide, frames_in) = (self.channels, block.len() / self.channels);
        let frames_out = self.scratch.len() / wide;
        let input = InterleavedSlice::new(block, wide, frames_in).map_err(|cause| resampler.error(&cause))?;
        let mut output =
            InterleavedSlice::new_mut(&mut self.scratch, wide, frames_out).map_err(|cause| resampler.error(&cause))?;
        let at = Indexing { input_offset: 0, output_offset: 0, partial_len: None, active_channels_mask: None };
        let (_, made) =
            engine.process_into_buffer(&input, &mut output, Some(&at)).map_err(|cause| resampler.error(&cause))?;
        let skip = self.trim.min(made as u64);
        self.trim -= skip;
        let keep = (made as u64 - skip).min(length.saturating_sub(self.given));
        let (from, to) = (skip as usize * wide, (skip + keep) as usize * wide);
        out.extend_from_slice(&self.scratch[from..to]);
        self.given += keep;
        Ok(())
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sine(hertz: f64, rate: u32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| (TAU * hertz * n as f64 / f64::from(rate)).sin() as f32).collect()
    }

    fn resampler(from: u32, to: u32) -> Resampler {
        Resampler::new(SampleRate::new(from).unwrap(), SampleRate::new(to).unwrap()).unwrap()
    }

    #[test]
    fn the_length_is_the_rounded_ratio_for_any_length_and_pair_of_rates() {
        for (from, to) in [(22_050, 48_000), (24_000, 48_000), (44_100, 48_000), (192_000, 8_000), (8_000, 192_000)] {
            for samples in [0usize, 1, 2, 441, 1_024, 1_025, 5_000, 48_001] {
                let sound = vec![0.25; samples];
                let expected = (samples as f64 * f64::from(to) / f64::from(from)).round() as usize;
                assert_eq!(resampler(from, to).convert(&sound).unwrap().len(), expected, "{from} {to} {samples}");
            }
        }
    }

    #[test]
    fn a_sine_keeps_its_level_and_its_phase() {
        for hertz in [100.0, 1_000.0, 5_000.0, 9_000.0, 10_000.0] {
            let made = resampler(22_050, 48_000).convert(&sine(hertz, 22_050, 44_100)).unwrap();
            let wanted = sine(hertz, 48_000, 96_000);
            let worst =
                made.iter().zip(&wanted).skip(4_800).take(86_400).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-3, "{hertz} Hz differs by {worst}");
        }
    }

    #[test]
    fn pieces_give_the_same_samples_as_the_whole() {
        let sound = sine(440.0, 22_050, 30_000);
        let whole = resampler(22_050, 48_000).convert(&sound).unwrap();
        let mut stream = resampler(22_050, 48_000).stream(1).unwrap();
        let mut out = Vec::new();
        for piece in sound.chunks(777) {
            stream.push(piece, &mut out).unwrap();
        }
        stream.finish(&mut out).unwrap();
        assert_eq!(out, whole);
    }
}
