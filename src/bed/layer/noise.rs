//! Steady noise of a colour, and the filters that shape noise.

use super::Layer;
use crate::bed::generate::{fork, white};
use pulp::{Arch, NullaryFnOnce};

/// How noise falls towards high frequencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bed) enum Colour {
    /// Flat.
    White,
    /// 3 dB an octave.
    Pink,
    /// 6 dB an octave above 20 Hz.
    Brown,
}

/// Noise of a colour between two corners.
#[derive(Debug, Clone, Copy)]
pub(in crate::bed) struct Noise {
    /// The colour.
    pub(in crate::bed) colour: Colour,
    /// Everything above it is lowered, 12 dB an octave, in Hz.
    pub(in crate::bed) low_pass: Option<f32>,
    /// Everything below it is lowered, 12 dB an octave, in Hz.
    pub(in crate::bed) high_pass: Option<f32>,
    /// The rate in Hz.
    pub(in crate::bed) rate: f32,
    /// What its randomness is drawn from.
    pub(in crate::bed) key: u64,
}

impl Noise {
    /// Frames that filters are run in over: 20 time constants of a corner at 20 Hz, after which what came before
    /// is 170 dB down.
    fn run_in(&self) -> usize {
        ((self.rate * 0.17) as usize).next_multiple_of(BATCH)
    }

    /// The noise of a segment in two buffers of its own.
    ///
    /// A filter waits for its own last frame, so the segment is cut into stretches that are made side by side, each run
    /// in over the frames before it.
    pub(in crate::bed) fn make(&self, start: u64, length: usize) -> (Vec<f32>, Vec<f32>) {
        let before = self.run_in();
        let stretch = length.div_ceil(STRETCHES).next_multiple_of(BATCH);
        let mut channels = [vec![0.0; length], vec![0.0; length]];
        let mut filters = Filters {
            colour: match self.colour {
                Colour::White => ColourFilter::White,
                Colour::Pink => ColourFilter::Pink(Pink::default()),
                Colour::Brown => ColourFilter::Brown(Brown::new(self.rate)),
            },
            high_pass: self.high_pass.map(|corner| HighPass::new(corner, self.rate)),
            low_pass: self.low_pass.map(|corner| LowPass::new(corner, self.rate)),
        };
        let keys = [fork(self.key, 1), fork(self.key, 2)];
        let keys = std::array::from_fn(|lane| keys[lane % 2]);
        let mut batch = [[0.0; LANES]; BATCH];
        let arch = Arch::new();
        for at in (0..before + stretch).step_by(BATCH) {
            let first = start.wrapping_add(at as u64).wrapping_sub(before as u64);
            let positions = std::array::from_fn(|lane| first.wrapping_add((lane / 2 * stretch) as u64));
            arch.dispatch(Step { keys, positions, filters: &mut filters, batch: &mut batch });
            // What was made to run the filters in is not kept; a batch never has some of both.
            let Some(kept) = at.checked_sub(before) else { continue };
            for lane in 0..LANES {
                let place = (lane / 2 * stretch + kept).min(length);
                let rest = &mut channels[lane % 2][place..];
                rest.iter_mut().zip(&batch).for_each(|(out, frame)| *out = frame[lane]);
            }
        }
        let [left, right] = channels;
        (left, right)
    }
}

/// Frames that are made at a time: few enough to stay near, and a divisor of what filters are run in over.
const BATCH: usize = 256;

/// Parts of a segment that are made side by side.
const STRETCHES: usize = 4;

/// What is made at once: both channels of each stretch, in turn.
const LANES: usize = 2 * STRETCHES;

/// A sample of each lane.
type Lanes = [f32; LANES];

impl Layer for Noise {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let (l, r) = self.make(start, left.len());
        left.iter_mut().zip(&l).for_each(|(out, x)| *out += x);
        right.iter_mut().zip(&r).for_each(|(out, x)| *out += x);
    }
}

/// The feedback of a one-pole filter with this corner.
pub(in crate::bed) fn pole(corner: f32, rate: f32) -> f32 {
    (-std::f32::consts::TAU * corner.min(rate * 0.45) / rate).exp()
}

/// The next batch of every lane, compiled for each kind of processor; the numbers are the same on all.
struct Step<'a> {
    keys: [u64; LANES],
    positions: [u64; LANES],
    filters: &'a mut Filters,
    batch: &'a mut [Lanes; BATCH],
}

impl NullaryFnOnce for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        white(self.keys, self.positions, self.batch);
        match &mut self.filters.colour {
            ColourFilter::White => {}
            ColourFilter::Pink(pink) => pink.run(self.batch),
            ColourFilter::Brown(brown) => brown.run(self.batch),
        }
        if let Some(high_pass) = &mut self.filters.high_pass {
            high_pass.run(self.batch);
        }
        if let Some(low_pass) = &mut self.filters.low_pass {
            low_pass.run(self.batch);
        }
    }
}

/// What white noise goes through.
struct Filters {
    colour: ColourFilter,
    high_pass: Option<HighPass>,
    low_pass: Option<LowPass>,
}

enum ColourFilter {
    White,
    Pink(Pink),
    Brown(Brown),
}

/// A one-pole filter: keeps `a` of what it holds and takes `b` of what comes.
#[inline(always)]
fn pole_step(held: &mut Lanes, a: f32, b: f32, x: Lanes) -> Lanes {
    *held = std::array::from_fn(|lane| a * held[lane] + b * x[lane]);
    *held
}

/// A leaky integral: 6 dB an octave above 20 Hz, so that it does not wander off.
struct Brown {
    a: f32,
    b: f32,
    held: Lanes,
}

impl Brown {
    fn new(rate: f32) -> Self {
        let a = pole(20.0, rate);
        // Brings the level near that of white noise whatever the rate.
        Self { a, b: (1.0 - a * a).sqrt(), held: [0.0; LANES] }
    }

    #[inline(always)]
    fn run(&mut self, batch: &mut [Lanes; BATCH]) {
        let mut held = self.held;
        for x in batch {
            *x = pole_step(&mut held, self.a, self.b, *x);
        }
        self.held = held;
    }
}

/// Three one-pole filters whose sum falls 3 dB an octave within 0.5 dB (P. Kellet's economy filter).
#[derive(Default)]
struct Pink {
    held: [Lanes; 3],
}

impl Pink {
    #[inline(always)]
    fn run(&mut self, batch: &mut [Lanes; BATCH]) {
        let [mut first, mut second, mut third] = self.held;
        for x in batch {
            let a = pole_step(&mut first, 0.99765, 0.099_046, *x);
            let b = pole_step(&mut second, 0.96300, 0.296_516_4, *x);
            let c = pole_step(&mut third, 0.57000, 1.052_691_3, *x);
            *x = std::array::from_fn(|lane| 0.25 * (a[lane] + b[lane] + c[lane] + x[lane] * 0.1848));
        }
        self.held = [first, second, third];
    }
}

/// Two one-pole low-pass filters in a row.
struct LowPass {
    a: f32,
    held: [Lanes; 2],
}

impl LowPass {
    fn new(corner: f32, rate: f32) -> Self {
        Self { a: pole(corner, rate), held: [[0.0; LANES]; 2] }
    }

    #[inline(always)]
    fn run(&mut self, batch: &mut [Lanes; BATCH]) {
        let (a, b) = (self.a, 1.0 - self.a);
        let [mut first, mut second] = self.held;
        for x in batch {
            let once = pole_step(&mut first, a, b, *x);
            *x = pole_step(&mut second, a, b, once);
        }
        self.held = [first, second];
    }
}

/// Two one-pole high-pass filters in a row.
struct HighPass {
    a: f32,
    held: [Lanes; 2],
}

impl HighPass {
    fn new(corner: f32, rate: f32) -> Self {
        Self { a: pole(corner, rate), held: [[0.0; LANES]; 2] }
    }

    #[inline(always)]
    fn run(&mut self, batch: &mut [Lanes; BATCH]) {
        let (a, b) = (self.a, 1.0 - self.a);
        let [mut first, mut second] = self.held;
        for x in batch {
            let low = pole_step(&mut first, a, b, *x);
            let once: Lanes = std::array::from_fn(|lane| x[lane] - low[lane]);
            let low = pole_step(&mut second, a, b, once);
            *x = std::array::from_fn(|lane| once[lane] - low[lane]);
        }
        self.held = [first, second];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_one_stream_across_frame_0_and_across_its_segments() {
        let noise = Noise { colour: Colour::Brown, low_pass: None, high_pass: None, rate: 48_000.0, key: 3 };
        for edge in [0u64, 1 << 32, 5 << 32] {
            let (whole, _) = noise.make(edge.wrapping_sub(1000), 9_000);
            let (after, _) = noise.make(edge, 8_000);
            let apart = whole[1000..].iter().zip(&after).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // What the filter held 8,192 frames before has almost gone.
            assert!(apart < 1e-5, "{apart}");
        }
    }

    #[test]
    fn the_channels_have_nothing_in_common() {
        let noise = Noise { colour: Colour::White, low_pass: None, high_pass: None, rate: 48_000.0, key: 3 };
        let (left, right) = noise.make(0, 65_536);
        let product: f32 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
        let power: f32 = left.iter().map(|l| l * l).sum();
        assert!((power / 65_536.0 - 1.0 / 3.0).abs() < 0.01, "{power}");
        assert!((product / power).abs() < 0.02, "{product}");
    }
}
