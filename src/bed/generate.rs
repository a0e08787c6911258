//! Sound that is made up, in segments that depend on their index alone.
//!
//! A segment is always made whole, so a block equals that block of the whole bit for bit, whoever asks for it and
//! in whatever order. What has a memory (a filter) is run in over the frames before its segment.

use super::{layer::Layer, reference_gain};
use crate::audio::{Frames, SampleRate, Stereo};
use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

/// Frames of one segment.
pub(super) const SEGMENT: usize = 1 << 16;

/// Segments that are kept: enough for a few threads that read side by side.
const KEPT: usize = 6;

/// A layer, how much of it is heard, and how long it takes to tell how loud it is.
pub(super) struct Part {
    pub(super) layer: Box<dyn Layer>,
    /// The factor that it is multiplied by, once it is at the reference loudness.
    pub(super) share: f32,
    /// Whole segments that are measured; none for a layer that is at the reference already.
    pub(super) measured: u64,
}

impl Part {
    /// The factor that brings the layer alone to the reference loudness.
    fn reference_gain(&self, rate: SampleRate) -> f32 {
        if self.measured == 0 {
            return 1.0;
        }
        let mut channels = [vec![0.0f32; SEGMENT], vec![0.0f32; SEGMENT]];
        let gain = reference_gain(rate, self.measured * SEGMENT as u64, |at, out| {
            let [left, right] = &mut channels;
            left.fill(0.0);
            right.fill(0.0);
            self.layer.segment(at, left, right);
            for ((frame, l), r) in out.iter_mut().zip(left).zip(right) {
                *frame = Stereo { left: *l, right: *r };
            }
        });
        gain.unwrap_or(1.0)
    }
}

/// Layers added up to the reference loudness.
pub(super) struct Generator {
    parts: Vec<Part>,
    /// What each layer is multiplied by; measured when it is first needed, as that takes a while.
    gains: OnceLock<Vec<f32>>,
    measure: Box<dyn Fn() -> Vec<f32> + Send + Sync>,
    recent: Mutex<VecDeque<(u64, Arc<[Stereo]>)>>,
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generator").field("layers", &self.parts.len()).finish_non_exhaustive()
    }
}

impl Generator {
    /// A generator whose loudness is measured on layers that are made for it when it is first read.
    pub(super) fn measured_on(
        parts: Vec<Part>,
        rate: SampleRate,
        measured: impl Fn() -> Vec<Part> + Send + Sync + 'static,
    ) -> Self {
        let measure = Box::new(move || measured_gains(&measured(), rate));
        Self { parts, gains: OnceLock::new(), measure, recent: Mutex::default() }
    }

    /// A generator of which it is known what its layers are multiplied by.
    pub(super) fn with_gains(parts: Vec<Part>, gains: Vec<f32>) -> Self {
        Self { parts, gains: OnceLock::from(gains), measure: Box::new(Vec::new), recent: Mutex::default() }
    }

    pub(super) fn gains(&self) -> &[f32] {
        self.gains.get_or_init(&self.measure)
    }

    pub(super) fn read(&self, at: Frames, out: &mut [Stereo]) {
        let mut position = at.0;
        let mut rest = out;
        while !rest.is_empty() {
            let index = position / SEGMENT as u64;
            let from = (position % SEGMENT as u64) as usize;
            let count = rest.len().min(SEGMENT - from);
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(&self.segment(index)[from..from + count]);
            position += count as u64;
            rest = later;
        }
    }

    fn segment(&self, index: u64) -> Arc<[Stereo]> {
        {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, segment)) = recent.iter().find(|(kept, _)| *kept == index) {
                return Arc::clone(segment);
            }
        }
        // Made outside the lock: two threads may make the same segment, and none waits for another.
        let mut segment = vec![Stereo::ZERO; SEGMENT];
        make(&self.parts, index * SEGMENT as u64, self.gains(), &mut segment);
        let segment: Arc<[Stereo]> = segment.into();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == KEPT {
            recent.pop_front();
        }
        recent.push_back((index, Arc::clone(&segment)));
        segment
    }
}

/// What each layer is multiplied by: first each is brought to the reference alone, so that shares mean the same for every
/// kind, then all together.
pub(super) fn measured_gains(parts: &[Part], rate: SampleRate) -> Vec<f32> {
    let mut gains: Vec<f32> = parts.iter().map(|part| part.reference_gain(rate) * part.share).collect();
    // What is sparse is heard long enough to be met, and noise for long enough to be sure.
    let least = u64::from(rate.hertz()) * 20 / SEGMENT as u64 + 1;
    let segments = parts.iter().map(|part| part.measured).fold(least, u64::max);
    let all = reference_gain(rate, segments * SEGMENT as u64, |at, out| make(parts, at, &gains, out));
    gains.iter_mut().for_each(|gain| *gain *= all.unwrap_or(1.0));
    gains
}

/// The segment that begins at `start`, its layers multiplied by gains.
fn make(parts: &[Part], start: u64, gains: &[f32], out: &mut [Stereo]) {
    out.fill(Stereo::ZERO);
    let mut left = vec![0.0f32; SEGMENT];
    let mut right = vec![0.0f32; SEGMENT];
    for (part, gain) in parts.iter().zip(gains) {
        left.fill(0.0);
        right.fill(0.0);
        part.layer.segment(start, &mut left, &mut right);
        for ((frame, l), r) in out.iter_mut().zip(&left).zip(&right) {
            frame.left += l * gain;
            frame.right += r * gain;
        }
    }
}

/// Scrambles 64 bits (the finaliser of splitmix64, Steele, Lea and Flood 2014).
pub(super) fn scramble(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A key of its own for the `part`th use of a key.
pub(super) fn fork(key: u64, part: u64) -> u64 {
    scramble(key ^ scramble(part))
}

/// A number in [0, 1) that belongs to a key and an index.
pub(super) fn unit(key: u64, index: u64) -> f32 {
    (fork(key, index) >> 40) as f32 / (1u32 << 24) as f32
}

/// White noise in [-1, 1) in several lanes, each with a key: `out[n][lane]` belongs to position `positions[lane] + n` of the
/// key's endless stream.
///
/// A 32-bit mix with two multiplications, so that it vectorises; half of the key goes in between them, so that two
/// keys do not walk the same permutation. The high half of the position is part of the key.
#[inline(always)]
pub(super) fn white<const LANES: usize>(keys: [u64; LANES], positions: [u64; LANES], out: &mut [[f32; LANES]]) {
    let low: [u32; LANES] = positions.map(|position| position as u32);
    let first: [u32; LANES] = keys.map(|key| key as u32);
    let high = |lane: usize, carry: u64| {
        let high = (positions[lane] >> 32).wrapping_add(carry) as u32;
        (keys[lane] >> 32) as u32 ^ high.wrapping_mul(0x9e37_79b9)
    };
    let second: [u32; LANES] = std::array::from_fn(|lane| high(lane, 0));
    // Behind the frame where the low half begins anew.
    let beyond: [u32; LANES] = std::array::from_fn(|lane| high(lane, 1));
    for (n, samples) in out.iter_mut().enumerate() {
        for lane in 0..LANES {
            let position = low[lane].wrapping_add(n as u32);
            let mut x = position ^ first[lane];
            x ^= x >> 16;
            x = x.wrapping_mul(0x7feb_352d);
            x ^= x >> 15;
            x = x.wrapping_add(if position < low[lane] { beyond[lane] } else { second[lane] });
            x = x.wrapping_mul(0x846c_a68b);
            x ^= x >> 16;
            samples[lane] = (x as i32) as f32 * (1.0 / 2_147_483_648.0);
        }
    }
}

/// A curve in [0, 1] that wanders: a new height every `period` seconds and a smooth way between, in two octaves.
pub(super) fn drift(key: u64, seconds: f64, period: f64) -> f32 {
    let octave = |key: u64, period: f64| {
        let x = seconds / period;
        let whole = x.floor();
        let t = (x - whole) as f32;
        let t = t * t * (3.0 - 2.0 * t);
        let index = whole as i64 as u64;
        let (a, b) = (unit(key, index), unit(key, index.wrapping_add(1)));
        a + (b - a) * t
    };
    0.7 * octave(key, period) + 0.3 * octave(fork(key, 77), period * 0.381)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_one_stream_across_frame_0_and_across_32_bits() {
        for edge in [0u64, 1 << 32, 5 << 32] {
            let mut whole = [[0.0; 1]; 200];
            white([3], [edge.wrapping_sub(100)], &mut whole);
            let mut after = [[0.0; 1]; 100];
            white([3], [edge], &mut after);
            assert_eq!(whole[100..], after);
        }
    }
}
