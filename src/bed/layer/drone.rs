//! A chord that beats slowly.

use super::Layer;
use crate::bed::generate::unit;

/// Frames after which the oscillators are set to their exact phase again.
const EXACT: usize = 256;
/// Oscillators that run side by side.
const LANES: usize = 24;

/// A chord of up to four notes, each with three partials, a little apart in the two ears.
#[derive(Debug, Clone)]
pub(in crate::bed) struct Drone {
    /// Radians a frame, phase at 0, amplitude: first all of the left channel, then all of the right.
    voices: [(f64, f64, f32); LANES],
}

impl Drone {
    /// Chord of `root` Hz times each ratio; left and right are `beat` Hz apart at the root.
    pub(in crate::bed) fn new(root: f32, ratios: &[f32], beat: f32, rate: f32, key: u64) -> Self {
        let mut voices = [(0.0, 0.0, 0.0); LANES];
        let half = LANES / 2;
        for (note, ratio) in ratios.iter().take(4).enumerate() {
            for partial in 0..3 {
                let lane = note * 3 + partial;
                let times = (partial + 1) as f32;
                let hertz = f64::from(root * ratio * times);
                if hertz > f64::from(rate) * 0.4 {
                    continue;
                }
                let loud = 0.25 / (times * times) / (1.0 + 0.5 * note as f32);
                // Each partial beats at a pace of its own, so that the chord never stands still.
                let apart = f64::from(beat * (0.6 + 0.8 * unit(key, lane as u64)));
                for (side, sign) in [(0, -0.5), (half, 0.5)] {
                    let phase = f64::from(unit(key, (100 + lane + side) as u64)) * std::f64::consts::TAU;
                    let step = std::f64::consts::TAU * (hertz + sign * apart) / f64::from(rate);
                    voices[side + lane] = (step, phase, loud);
                }
            }
        }
        Self { voices }
    }
}

impl Layer for Drone {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let turn_sin: [f32; LANES] = std::array::from_fn(|n| self.voices[n].0.sin() as f32);
        let turn_cos: [f32; LANES] = std::array::from_fn(|n| self.voices[n].0.cos() as f32);
        for (block, (l, r)) in left.chunks_mut(EXACT).zip(right.chunks_mut(EXACT)).enumerate() {
            let at = (start + (block * EXACT) as u64) as f64;
            let angle = |n: usize| (self.voices[n].0 * at + self.voices[n].1) % std::f64::consts::TAU;
            let mut sine: [f32; LANES] = std::array::from_fn(|n| angle(n).sin() as f32 * self.voices[n].2);
            let mut cosine: [f32; LANES] = std::array::from_fn(|n| angle(n).cos() as f32 * self.voices[n].2);
            for (x, y) in l.iter_mut().zip(r) {
                *x += sine[..LANES / 2].iter().sum::<f32>();
                *y += sine[LANES / 2..].iter().sum::<f32>();
                for n in 0..LANES {
                    let turned = sine[n] * turn_cos[n] + cosine[n] * turn_sin[n];
                    cosine[n] = cosine[n] * turn_cos[n] - sine[n] * turn_sin[n];
                    sine[n] = turned;
                }
            }
        }
    }
}
