//! A look-ahead limiter of the true peak, both channels under one gain.
//!
//! The required gain of every frame is found on the oversampled signal (ITU-R BS.1770-4, annex 2), held by a sliding
//! minimum over the look-ahead, released slowly, and smoothed by three running means. Minimum and means are as long as
//! each other, so the gain is down before the peak arrives. The gain is a whole number of 2^-30: running sums of whole
//! numbers do not drift, and a gain of exactly one leaves every sample as it was, bit for bit.

use std::time::Duration;

use crate::audio::{Decibels, SampleRate, Stereo};

/// The gain of one, in the limiter's whole numbers.
const ONE: u64 = 1 << 30;
/// Frames that are looked at together: long enough to be fast, short enough to stay in the cache.
const CHUNK: usize = 128;
/// The most frames that one interpolated point depends on.
const MAX_TAPS: usize = 24;
/// How far below the ceiling a peak that must be lowered is brought: the gain moves while the interpolation filter
/// reads, and dither comes after the limiter.
const MARGIN_DB: f32 = 0.05;
/// The time in which the gain makes up 63 % of the way back to one.
const RELEASE: Duration = Duration::from_millis(80);
/// Three running means of this many frames in all still fit in 64 bits: 2^30 (4096 / 3)^3 < 2^62.
const MAX_LOOKAHEAD_FRAMES: usize = 4096;

/// Keeps the true peak of a stream at or under a ceiling.
///
/// What is already under it passes unchanged. The output is as long as the input and not delayed against it: the
/// first calls give fewer frames than they took, and [`Limiter::finish`] gives the rest. How the stream is cut into
/// blocks makes no difference.
#[derive(Debug, Clone)]
pub struct Limiter {
    // A gain that falls 40 dB in 5 ms changes within one interpolation filter, so a peak between the samples may stay
    // a little too high. The second stage sees only that rest, with a gain that hardly moves.
    stages: [Stage; 2],
}

impl Limiter {
    /// The usual look-ahead.
    pub const LOOKAHEAD: Duration = Duration::from_millis(5);

    /// A limiter of the true peak to `ceiling`, in dBTP, that begins to lower the gain `lookahead` before a peak
    /// (1 frame to 4096 frames; 5 ms is usual).
    #[must_use]
    pub fn new(rate: SampleRate, ceiling: Decibels, lookahead: Duration) -> Self {
        let stage = Stage::new(rate, ceiling, lookahead);
        Self { stages: [stage.clone(), stage] }
    }

    /// How many frames are held back until the stream is finished.
    #[must_use]
    pub fn latency(&self) -> usize {
        self.stages.iter().map(|stage| stage.delay.len()).sum()
    }

    /// Takes a block and gives, in its place, the frames that are ready: at first none, then as many as came in.
    pub fn process<'a>(&mut self, block: &'a mut [Stereo]) -> &'a mut [Stereo] {
        let [first, second] = &mut self.stages;
        second.process(first.process(block))
    }

    /// The frames that were held back.
    #[must_use]
    pub fn finish(self) -> Vec<Stereo> {
        let [first, mut second] = self.stages;
        let mut rest = first.finish();
        let skip = rest.len() - second.process(&mut rest).len();
        rest.drain(..skip);
        rest.extend(second.finish());
        rest
    }
}

#[derive(Debug, Clone)]
struct Stage {
    detector: Detector,
    /// The highest peak that passes.
    ceiling: f32,
    /// What a higher peak is lowered to.
    aim: f32,
    hold: SlidingMinimum,
    release: Release,
    means: [RunningMean; 3],
    /// The frames that the three means together reach over.
    smoothing: usize,
    /// What the three means together multiply a gain by.
    scale: f64,
    /// Frames since a gain under one went into the means, up to their length.
    calm: usize,
    /// The frames that wait for their gain, and where the oldest lies.
    delay: Box<[Stereo]>,
    oldest: usize,
    /// Frames that went in, up to the delay.
    seen: usize,
}

impl Stage {
    fn new(rate: SampleRate, ceiling: Decibels, lookahead: Duration) -> Self {
        let frames = (rate.frames(lookahead).0).clamp(1, MAX_LOOKAHEAD_FRAMES as u64) as usize;
        let detector = Detector::new(rate);
        // Three means in a row are as long as their sum less two.
        let third = frames.div_ceil(3);
        let lengths = [third, third, (frames + 2 - 2 * third).max(1)];
        let smoothing = lengths.iter().sum::<usize>() - 2;
        let scale = lengths.iter().map(|&len| len as f64).product::<f64>() * ONE as f64;
        // Each mean is fed the sums of the one before it.
        let mut value = ONE;
        let means = lengths.map(|len| {
            let mean = RunningMean::filled(len, value);
            value = mean.sum;
            mean
        });
        let ceiling_amplitude = ceiling.amplitude();
        Self {
            // A point that was interpolated from frames m to m + taps - 1 binds the gain of each of them.
            hold: SlidingMinimum::new(smoothing + detector.taps - 1),
            delay: vec![Stereo::ZERO; smoothing + detector.taps - 2].into(),
            // Another filter that adds up in another order must not find the last bit above the ceiling.
            ceiling: ceiling_amplitude * (1.0 - 1e-6),
            aim: ceiling_amplitude * Decibels(-MARGIN_DB).amplitude(),
            detector,
            release: Release::new(rate),
            means,
            smoothing,
            scale,
            calm: smoothing,
            oldest: 0,
            seen: 0,
        }
    }

    fn process<'a>(&mut self, block: &'a mut [Stereo]) -> &'a mut [Stereo] {
        let skip = (self.delay.len() - self.seen).min(block.len());
        self.seen += skip;
        for chunk in block.chunks_mut(CHUNK) {
            self.process_chunk(chunk);
        }
        &mut block[skip..]
    }

    fn finish(mut self) -> Vec<Stereo> {
        let mut rest = vec![Stereo::ZERO; self.delay.len()];
        let skip = rest.len() - self.process(&mut rest).len();
        rest.drain(..skip);
        rest
    }

    fn process_chunk(&mut self, chunk: &mut [Stereo]) {
        let loud = self.detector.take(chunk, self.ceiling);
        if !loud && self.is_calm() {
            self.swap_delayed(chunk);
            return;
        }
        let peaks = if loud { self.detector.peaks() } else { [0.0; CHUNK] };
        // Most of what is loud is still under the ceiling.
        if self.is_calm() && peaks[..chunk.len()].iter().all(|&peak| peak <= self.ceiling) {
            self.swap_delayed(chunk);
            return;
        }
        let mut gains = [0f32; CHUNK];
        for (gain, &peak) in gains[..chunk.len()].iter_mut().zip(&peaks) {
            *gain = self.gain_after(peak);
        }
        self.swap_delayed(chunk);
        for (frame, gain) in chunk.iter_mut().zip(gains) {
            *frame = *frame * gain;
        }
    }

    /// Whether nothing that was heard so far asks for a gain other than one.
    fn is_calm(&self) -> bool {
        self.calm == self.smoothing && self.hold.is_open() && self.release.gain == ONE
    }

    fn gain_after(&mut self, peak: f32) -> f32 {
        let required = if peak > self.ceiling { (f64::from(self.aim / peak) * ONE as f64) as u64 } else { ONE };
        let gain = self.release.next(self.hold.next(required));
        self.calm = if gain == ONE { (self.calm + 1).min(self.smoothing) } else { 0 };
        let sum = self.means.iter_mut().fold(gain, |value, mean| mean.next(value));
        (sum as f64 / self.scale) as f32
    }

    /// Puts the chunk into the delay and takes the oldest frames out of it, in place.
    fn swap_delayed(&mut self, mut chunk: &mut [Stereo]) {
        while !chunk.is_empty() {
            let ready = &mut self.delay[self.oldest..];
            let (now, later) = chunk.split_at_mut(chunk.len().min(ready.len()));
            now.swap_with_slice(&mut ready[..now.len()]);
            self.oldest = (self.oldest + now.len()) % self.delay.len();
            chunk = later;
        }
    }
}

/// Finds peaks between the samples.
#[derive(Debug, Clone)]
struct Detector {
    /// How many frames one interpolated point is made of.
    taps: usize,
    /// For each point between two samples, the weights of `taps` frames, oldest first.
    phases: Vec<[f32; MAX_TAPS]>,
    /// No point is higher than the highest sample times this.
    bound: f32,
    /// Each channel's last `taps - 1` samples, then its part of the chunk.
    channels: [[f32; MAX_TAPS - 1 + CHUNK]; 2],
    filled: usize,
}

impl Detector {
    /// Four times oversampled below 96 kHz and twice from there, as BS.1770-4 asks, by a sinc of 48 points under a
    /// Hann window.
    fn new(rate: SampleRate) -> Self {
        let factor = if rate.hertz() < 96_000 { 4 } else { 2 };
        let taps = 48 / factor;
        let phases: Vec<_> = (1..factor)
            .map(|phase| {
                let mut weights = [0f32; MAX_TAPS];
                for (age, weight) in weights[..taps].iter_mut().rev().enumerate() {
                    let point = (age * factor + phase) as f64;
                    let x = std::f64::consts::PI * (point - 24.0) / factor as f64;
                    let window = 0.5 - 0.5 * (std::f64::consts::TAU * point / 48.0).cos();
                    *weight = (window * x.sin() / x) as f32;
                }
                weights
            })
            .collect();
        let bound = phases.iter().map(|weights| weights.iter().map(|w| w.abs()).sum()).fold(1.0, f32::max) * 1.0001;
        Self { taps, phases, bound, channels: [[0.0; MAX_TAPS - 1 + CHUNK]; 2], filled: 0 }
    }

    /// Takes the next chunk, making what is no number silent, and says whether a peak in it may be above `ceiling`.
    fn take(&mut self, chunk: &mut [Stereo], ceiling: f32) -> bool {
        let history = self.taps - 1;
        let end = history + chunk.len();
        let [left, right] = &mut self.channels;
        left.copy_within(self.filled..self.filled + history, 0);
        right.copy_within(self.filled..self.filled + history, 0);
        self.filled = chunk.len();
        for ((frame, left), right) in chunk.iter().zip(&mut left[history..]).zip(&mut right[history..]) {
            (*left, *right) = (frame.left, frame.right);
        }
        if highest_bits(&left[history..end]).max(highest_bits(&right[history..end])) >= f32::INFINITY.to_bits() {
            for ((frame, left), right) in chunk.iter_mut().zip(&mut left[history..]).zip(&mut right[history..]) {
                *left = if left.is_finite() { *left } else { 0.0 };
                *right = if right.is_finite() { *right } else { 0.0 };
                *frame = Stereo { left: *left, right: *right };
            }
        }
        let highest = highest_bits(&left[..end]).max(highest_bits(&right[..end]));
        f32::from_bits(highest) * self.bound > ceiling
    }

    /// For each frame of the chunk, the highest of its samples and the points that it completes.
    fn peaks(&self) -> [f32; CHUNK] {
        let mut peaks = [0f32; CHUNK];
        for samples in &self.channels {
            for (peak, sample) in peaks.iter_mut().zip(&samples[self.taps - 1..]) {
                *peak = peak.max(sample.abs());
            }
            for weights in &self.phases {
                // Many points side by side, one weight after another: the same sums, several times faster.
                let mut points = [0f32; CHUNK];
                for (tap, weight) in weights[..self.taps].iter().enumerate() {
                    for (point, sample) in points.iter_mut().zip(&samples[tap..tap + CHUNK]) {
                        *point += sample * weight;
                    }
                }
                for (peak, point) in peaks.iter_mut().zip(&points) {
                    *peak = peak.max(point.abs());
                }
            }
        }
        peaks
    }
}

/// The highest sample without its sign, as bits: these order as the numbers do, with infinity and what is no number
/// on top, and compare many at a time.
fn highest_bits(samples: &[f32]) -> u32 {
    samples.iter().fold(0, |most, sample| most.max(sample.to_bits() & 0x7fff_ffff))
}

/// The least of the last few gains. Gains of one are not kept.
#[derive(Debug, Clone)]
struct SlidingMinimum {
    /// Rising gains and when they came, in a ring.
    ring: Box<[(u64, u64)]>,
    first: usize,
    len: usize,
    now: u64,
}

impl SlidingMinimum {
    fn new(window: usize) -> Self {
        Self { ring: vec![(0, 0); window].into(), first: 0, len: 0, now: 0 }
    }

    fn is_open(&self) -> bool {
        self.len == 0
    }

    fn next(&mut self, gain: u64) -> u64 {
        let window = self.ring.len();
        self.now += 1;
        if self.len > 0 && self.ring[self.first].0 + window as u64 <= self.now {
            self.first = wrap(self.first + 1, window);
            self.len -= 1;
        }
        while self.len > 0 && self.ring[wrap(self.first + self.len - 1, window)].1 >= gain {
            self.len -= 1;
        }
        if gain < ONE {
            self.ring[wrap(self.first + self.len, window)] = (self.now, gain);
            self.len += 1;
        }
        if self.len > 0 { self.ring[self.first].1 } else { ONE }
    }
}

/// Follows a falling gain at once and a rising one slowly, and does arrive at one.
#[derive(Debug, Clone)]
struct Release {
    gain: u64,
    /// The part of the way back that is made up in a frame, in 2^-30.
    step: u64,
}

impl Release {
    fn new(rate: SampleRate) -> Self {
        let step = -(-1.0 / (RELEASE.as_secs_f64() * f64::from(rate.hertz()))).exp_m1();
        Self { gain: ONE, step: (step * ONE as f64) as u64 }
    }

    fn next(&mut self, gain: u64) -> u64 {
        let risen = self.gain + (((ONE - self.gain) * self.step) >> 30).max(1);
        self.gain = gain.min(risen);
        self.gain
    }
}

/// The sum of the last few values.
#[derive(Debug, Clone)]
struct RunningMean {
    values: Box<[u64]>,
    oldest: usize,
    sum: u64,
}

impl RunningMean {
    fn filled(len: usize, value: u64) -> Self {
        Self { values: vec![value; len].into(), oldest: 0, sum: value * len as u64 }
    }

    fn next(&mut self, value: u64) -> u64 {
        self.sum = self.sum + value - std::mem::replace(&mut self.values[self.oldest], value);
        self.oldest = wrap(self.oldest + 1, self.values.len());
        self.sum
    }
}

/// A place in a ring that was passed by less than a round. A division would cost more than all the rest.
fn wrap(place: usize, len: usize) -> usize {
    if place < len { place } else { place - len }
}

#[cfg(test)]
mod tests;
