//! Quantities of sound: rates, positions, levels, frames, and speech before and after it is conformed.

mod fade;
mod resample;

pub use fade::{fade_edges, raised_cosine};
pub use resample::{ResampleError, ResampleStream, Resampler};

use std::{fmt, sync::Arc, time::Duration};

/// Frames a second, between 8,000 and 192,000 Hz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SampleRate(u32);

impl SampleRate {
    /// The default rate of a rendered session.
    pub const HZ_48000: Self = Self(48_000);

    /// A rate in hertz, or `None` when it is outside 8,000 to 192,000.
    #[must_use]
    pub fn new(hertz: u32) -> Option<Self> {
        (8_000..=192_000).contains(&hertz).then_some(Self(hertz))
    }

    /// The rate in hertz.
    #[must_use]
    pub fn hertz(self) -> u32 {
        self.0
    }

    /// The frame nearest to a time from the start, half a frame rounding up.
    ///
    /// Whoever places sounds converts absolute times: lengths that are rounded one by one drift.
    #[must_use]
    pub fn frames(self, time: Duration) -> Frames {
        let nanos = time.as_nanos() * u128::from(self.0);
        Frames(((nanos + 500_000_000) / 1_000_000_000) as u64)
    }

    /// How long a number of frames lasts, to the nearest nanosecond.
    #[must_use]
    pub fn duration(self, frames: Frames) -> Duration {
        let rate = u128::from(self.0);
        let nanos = (u128::from(frames.0) * 1_000_000_000 + rate / 2) / rate;
        Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// A position or a length in frames at the session's rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frames(pub u64);

impl std::ops::Add for Frames {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Frames {
    type Output = Self;
    /// The distance from `other`, or none when `other` is later.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// A level relative to full scale, or a gain.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Decibels(pub f32);

impl Decibels {
    /// No change of level.
    pub const UNITY: Self = Self(0.0);

    /// The factor that a sample is multiplied by.
    #[must_use]
    pub fn amplitude(self) -> f32 {
        10f32.powf(self.0 / 20.0)
    }

    /// The level of an amplitude; zero is minus infinity.
    #[must_use]
    pub fn from_amplitude(amplitude: f32) -> Self {
        Self(20.0 * amplitude.abs().log10())
    }
}

impl fmt::Display for Decibels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} dB", self.0)
    }
}

/// One frame of two channels, nominally within -1 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stereo {
    /// The left channel.
    pub left: f32,
    /// The right channel.
    pub right: f32,
}

impl Stereo {
    /// Silence.
    pub const ZERO: Self = Self { left: 0.0, right: 0.0 };

    /// The same sample in both channels.
    #[must_use]
    pub fn mono(sample: f32) -> Self {
        Self { left: sample, right: sample }
    }
}

impl std::ops::Add for Stereo {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { left: self.left + other.left, right: self.right + other.right }
    }
}

impl std::ops::AddAssign for Stereo {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::ops::Mul<f32> for Stereo {
    type Output = Self;
    fn mul(self, gain: f32) -> Self {
        Self { left: self.left * gain, right: self.right * gain }
    }
}

/// One spoken utterance, mono, at the rate of the voice that spoke it: trimmed, its edges faded.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Samples, nominally within -1 and 1.
    pub samples: Vec<f32>,
    /// The rate of the voice.
    pub rate: SampleRate,
}

/// The least sample that a take begins or ends with: 6 steps of 16 bits, -74 dBFS. Dither cannot make zeros of it at any level that
/// speech is brought to, and nobody hears a step of that size.
pub(crate) const HEARD: f32 = 2e-4;

/// One spoken utterance, mono, at the session's rate. Nothing else can be placed on a timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    samples: Arc<[f32]>,
}

impl Take {
    /// Brings a clip to the session's rate, and takes off its ends what would be digital silence in 16 bits: a pause is as long as
    /// what is silent between two takes.
    ///
    /// # Errors
    ///
    /// When the two rates cannot be converted into each other.
    pub fn conform(clip: Clip, rate: SampleRate) -> Result<Self, ResampleError> {
        let samples =
            if clip.rate == rate { clip.samples } else { Resampler::new(clip.rate, rate)?.convert(&clip.samples)? };
        let heard = |sample: &f32| sample.abs() >= HEARD;
        let first = samples.iter().position(heard).unwrap_or(samples.len());
        let end = samples.iter().rposition(heard).map_or(first, |last| last + 1);
        Ok(Self { samples: samples[first..end].into() })
    }

    /// The samples, nominally within -1 and 1.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The length.
    #[must_use]
    pub fn frames(&self) -> Frames {
        Frames(self.samples.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_the_nearest_frames_and_frames_times() {
        let rate = SampleRate::HZ_48000;
        assert_eq!(rate.frames(Duration::from_secs(3)), Frames(144_000));
        assert_eq!(rate.frames(Duration::from_nanos(10_417)), Frames(1));
        assert_eq!(rate.frames(Duration::from_nanos(10_416)), Frames(0));
        assert_eq!(rate.duration(Frames(144_000)), Duration::from_secs(3));
        assert_eq!(SampleRate::new(0), None);
    }

    #[test]
    fn a_take_begins_and_ends_with_sound() {
        let samples = vec![0.0, 1e-5, 0.5, 0.0, -0.25, 1e-4, 0.0];
        let clip = Clip { samples, rate: SampleRate::HZ_48000 };
        assert_eq!(Take::conform(clip, SampleRate::HZ_48000).unwrap().samples(), [0.5, 0.0, -0.25]);
    }
}
