//! Bells that mark a session: a singing bowl, a pair of tingsha, a gong.

use crate::audio::{SampleRate, Stereo};
use std::f64::consts::TAU;

/// The largest sample of a strike.
const PEAK: f32 = 0.5;

/// Where a stroke is cut off, as a part of its peak: 80 dB down.
const FLOOR: f32 = 1e-4;

/// What is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BellKind {
    /// A bronze singing bowl, 220 Hz, rings for about half a minute.
    Bowl,
    /// A pair of small cymbals, 2.6 kHz, two discs that beat.
    Tingsha,
    /// A gong, 75 Hz, whose upper partials bloom after the stroke.
    Gong,
}

impl BellKind {
    /// All kinds, in the order in which help shows them.
    pub const ALL: [Self; 3] = [Self::Bowl, Self::Tingsha, Self::Gong];

    /// The name that a script uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bowl => "bowl",
            Self::Tingsha => "tingsha",
            Self::Gong => "gong",
        }
    }

    fn pitch(self) -> f32 {
        match self {
            Self::Bowl => 220.0,
            Self::Tingsha => 2_600.0,
            Self::Gong => 75.0,
        }
    }

    /// Ratio to the pitch, level, seconds until it is 60 dB down, and seconds of attack of each partial.
    ///
    /// Ratios of the bowl follow those of bending modes of a thin shell (about n squared); of the gong, a dense and
    /// inharmonic plate.
    fn partials(self) -> &'static [(f64, f64, f64, f64)] {
        match self {
            Self::Bowl => &[
                (1.0, 1.0, 22.0, 0.012),
                (2.76, 0.55, 14.0, 0.008),
                (5.15, 0.28, 8.0, 0.006),
                (8.13, 0.12, 4.5, 0.004),
                (11.6, 0.06, 2.5, 0.003),
            ],
            Self::Tingsha => {
                &[(1.0, 1.0, 7.0, 0.003), (1.49, 0.25, 4.0, 0.003), (2.71, 0.5, 4.5, 0.002), (4.1, 0.2, 2.2, 0.002)]
            }
            Self::Gong => &[
                (1.0, 1.0, 16.0, 0.04),
                (1.52, 0.7, 13.0, 0.05),
                (2.03, 0.65, 12.0, 0.09),
                (2.61, 0.5, 10.0, 0.14),
                (3.37, 0.45, 8.0, 0.22),
                (4.19, 0.35, 7.0, 0.3),
                (5.41, 0.28, 5.5, 0.4),
                (6.83, 0.2, 4.5, 0.5),
                (8.9, 0.12, 3.5, 0.6),
            ],
        }
    }
}

/// The frames of one stroke.
#[must_use]
pub fn length(kind: BellKind, rate: SampleRate) -> usize {
    length_to(kind, rate, FLOOR)
}

/// The frames of a stroke until it has fallen to `floor` of its peak.
fn length_to(kind: BellKind, rate: SampleRate, floor: f32) -> usize {
    let longest = kind.partials().iter().map(|partial| partial.2).fold(0.0, f64::max);
    let seconds = longest * -f64::from(floor).ln() / 1_000f64.ln() + 0.1;
    (seconds * f64::from(rate.hertz())) as usize
}

/// One stroke, whole: from its soft attack until it has died away 80 dB below its peak of 0.5.
#[must_use]
pub fn strike(kind: BellKind, rate: SampleRate) -> Vec<Stereo> {
    strike_pitched(kind, kind.pitch(), rate, FLOOR)
}

/// A stroke of a bell of another pitch in Hz, cut off where it is `floor` of its peak.
pub(super) fn strike_pitched(kind: BellKind, pitch: f32, rate: SampleRate, floor: f32) -> Vec<Stereo> {
    let hertz = f64::from(rate.hertz());
    // 60 dB is a factor of 1,000: the decay of one neper takes ln 1000 less.
    let slowness = 1_000f64.ln();
    let length = length_to(kind, rate, floor);
    let mut sound = vec![Stereo::ZERO; length];
    for (n, &(ratio, level, ring, attack)) in kind.partials().iter().enumerate() {
        let pitch = f64::from(pitch) * ratio;
        if pitch > hertz * 0.45 {
            continue;
        }
        // Two modes a little apart beat, as no bell is quite round; the ears hear them from two sides.
        let apart = 0.35 + 0.22 * n as f64;
        for (side, sign) in [(0.8f32, -0.5), (0.2, 0.5)] {
            let (sin, cos) = (TAU * (pitch + sign * apart) / hertz).sin_cos();
            let (mut x, mut y) = (0.0f64, 1.0f64);
            let fall = (-slowness / (ring * hertz)).exp();
            let mut envelope = level * 0.5;
            let (left, right) = (side.sqrt(), (1.0 - side).sqrt());
            for (m, frame) in sound.iter_mut().enumerate() {
                let t = m as f64 / hertz;
                let gain = if t < attack { 0.5 - 0.5 * (std::f64::consts::PI * t / attack).cos() } else { 1.0 };
                let sample = (x * envelope * gain) as f32;
                frame.left += sample * left;
                frame.right += sample * right;
                (x, y) = (x * cos + y * sin, y * cos - x * sin);
                envelope *= fall;
            }
        }
    }
    let peak = sound.iter().map(|f| f.left.abs().max(f.right.abs())).fold(1e-9, f32::max);
    let tail = (hertz * 0.1) as usize;
    for (n, frame) in sound.iter_mut().enumerate() {
        let left = length - n;
        let fade = if left < tail { left as f32 / tail as f32 } else { 1.0 };
        *frame = *frame * (PEAK / peak * fade);
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_knows_how_long_bells_ring() {
        for kind in BellKind::ALL {
            let longest = kind.partials().iter().map(|partial| partial.2).fold(0.0, f64::max);
            assert_eq!(crate::plan::ring(kind.name()).as_secs_f64(), longest, "{kind:?}");
        }
    }

    #[test]
    fn every_bell_begins_softly_peaks_at_a_half_and_dies_away() {
        for kind in BellKind::ALL {
            let sound = strike(kind, SampleRate::HZ_48000);
            let loudest = sound.iter().map(|f| f.left.abs().max(f.right.abs())).fold(0.0, f32::max);
            assert!((loudest - 0.5).abs() < 1e-4, "{kind:?} peaks at {loudest}");
            assert!(sound[0].left.abs() < 1e-4 && sound[1].left.abs() < 0.01, "{kind:?} clicks");
            let last = sound[sound.len() - 480..].iter().map(|f| f.left.abs()).fold(0.0, f32::max);
            assert!(last < 1e-4, "{kind:?} ends at {last}");
        }
    }
}
