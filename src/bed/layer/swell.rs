//! Noise that rises and falls: waves, wind, flames.

use super::{Layer, noise::Noise};
use crate::bed::generate::{drift, fork, unit};

/// Frames between two points at which a swell is computed; between them it is a straight line.
const GRID: usize = 64;

/// Multiplies a segment by a curve of time in seconds.
fn shape(start: u64, rate: f32, samples: &[f32], out: &mut [f32], curve: impl Fn(f64) -> f32) {
    let seconds = |frame: u64| frame as f64 / f64::from(rate);
    let mut here = curve(seconds(start));
    for (n, (block, into)) in samples.chunks(GRID).zip(out.chunks_mut(GRID)).enumerate() {
        let next = curve(seconds(start + ((n + 1) * GRID) as u64));
        let step = (next - here) / GRID as f32;
        for (m, (x, o)) in block.iter().zip(into).enumerate() {
            *o += x * (here + step * m as f32);
        }
        here = next;
    }
}

/// Waves on a shore, each with a period, a height and a place of its own.
#[derive(Debug, Clone, Copy)]
pub(in crate::bed) struct Ocean {
    /// The swell underneath.
    pub(in crate::bed) body: Noise,
    /// The foam.
    pub(in crate::bed) foam: Noise,
    /// From one wave to the next, in seconds, on average.
    pub(in crate::bed) period: f32,
}

impl Ocean {
    /// Height of the water and brightness of the foam at a time, on a side from -1 to 1.
    fn waves(&self, seconds: f64, side: f32) -> (f32, f32) {
        let period = f64::from(self.period);
        let now = (seconds / period).floor() as i64;
        let (mut height, mut foam) = (0.0f32, 0.0f32);
        for wave in now - 2..=now + 1 {
            let key = fork(self.body.key, wave as u64);
            let place = 2.0 * unit(key, 3) - 1.0;
            let begin = (wave as f64 + 0.5 * f64::from(unit(key, 0))) * period + f64::from(side * place) * 0.25;
            let tall = 0.45 + 0.55 * unit(key, 1);
            let rise = 0.45 * period * f64::from(0.8 + 0.4 * unit(key, 2));
            let t = (seconds - begin) as f32;
            let rise = rise as f32;
            if t <= 0.0 {
                continue;
            }
            let towards = 1.0 + 0.35 * side * place;
            let fall = self.period * 0.32;
            let swell = |rise: f32, fall: f32| {
                if t < rise {
                    (std::f32::consts::FRAC_PI_2 * t / rise).sin().powi(2)
                } else {
                    (-(t - rise) / fall).exp()
                }
            };
            height += tall * towards * swell(rise, fall);
            foam += tall * tall * towards * swell(rise * 1.1, fall * 0.75).powi(2);
        }
        (height, foam)
    }
}

impl Layer for Ocean {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let (body, foam) = (self.body.make(start, left.len()), self.foam.make(start, left.len()));
        let rate = self.body.rate;
        shape(start, rate, &body.0, left, |t| 0.15 + 0.6 * self.waves(t, -1.0).0);
        shape(start, rate, &body.1, right, |t| 0.15 + 0.6 * self.waves(t, 1.0).0);
        shape(start, rate, &foam.0, left, |t| 0.03 + 0.5 * self.waves(t, -1.0).1);
        shape(start, rate, &foam.1, right, |t| 0.03 + 0.5 * self.waves(t, 1.0).1);
    }
}

/// Noise whose level wanders, alike on both sides: the breath of a fire.
#[derive(Debug, Clone, Copy)]
pub(in crate::bed) struct Flicker {
    /// What flickers.
    pub(in crate::bed) noise: Noise,
    /// Seconds from one height to the next.
    pub(in crate::bed) period: f32,
    /// How far it goes down, 0 to 1.
    pub(in crate::bed) depth: f32,
}

impl Layer for Flicker {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let (l, r) = self.noise.make(start, left.len());
        let key = fork(self.noise.key, 9);
        let curve = |t: f64| 1.0 - self.depth * (1.0 - drift(key, t, f64::from(self.period)));
        shape(start, self.noise.rate, &l, left, curve);
        shape(start, self.noise.rate, &r, right, curve);
    }
}

/// Wind: noise in a band that glides up and grows as a gust comes.
#[derive(Debug, Clone, Copy)]
pub(in crate::bed) struct Wind {
    /// What is filtered.
    pub(in crate::bed) noise: Noise,
    /// Seconds from one gust to the next.
    pub(in crate::bed) gust: f32,
    /// The lowest and the highest centre of the band, in Hz.
    pub(in crate::bed) band: (f32, f32),
}

impl Wind {
    fn side(&self, start: u64, samples: &[f32], before: usize, key: u64, out: &mut [f32]) {
        let rate = self.noise.rate;
        let common = fork(self.noise.key, 5);
        let (mut first, mut second) = (0.0f32, 0.0f32);
        let mut gains = Vec::with_capacity(out.len() / GRID + 2);
        let mut made = Vec::with_capacity(samples.len());
        let from = start as f64 - before as f64;
        for (n, block) in samples.chunks(GRID).enumerate() {
            let seconds = (from + (n * GRID) as f64) / f64::from(rate);
            let force = 0.65 * drift(common, seconds, f64::from(self.gust))
                + 0.35 * drift(key, seconds, f64::from(self.gust) * 0.6);
            gains.push(0.12 + force * force);
            let centre = self.band.0 * (self.band.1 / self.band.0).powf(force);
            // A state variable filter in its trapezoidal form (A. Simper, 2013), which may be moved while it runs.
            let g = (std::f32::consts::PI * centre.min(rate * 0.4) / rate).tan();
            let damping = 0.9;
            let a1 = 1.0 / (1.0 + g * (g + damping));
            let (a2, a3) = (g * a1, g * g * a1);
            for x in block {
                let v3 = x - second;
                let band = a1 * first + a2 * v3;
                let low = second + a2 * first + a3 * v3;
                first = 2.0 * band - first;
                second = 2.0 * low - second;
                made.push(band + 0.4 * low);
            }
        }
        gains.push(*gains.last().unwrap_or(&0.0));
        for (n, (block, into)) in made[before..].chunks(GRID).zip(out.chunks_mut(GRID)).enumerate() {
            let here = gains[before / GRID + n];
            // The last block of a segment ends where the next one begins.
            let next = gains[before / GRID + n + 1];
            let step = (next - here) / GRID as f32;
            for (m, (x, o)) in block.iter().zip(into).enumerate() {
                *o += x * (here + step * m as f32);
            }
        }
    }
}

impl Layer for Wind {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let before = 4_096;
        let (l, r) = self.noise.make(start.wrapping_sub(before as u64), before + left.len());
        self.side(start, &l, before, fork(self.noise.key, 6), left);
        self.side(start, &r, before, fork(self.noise.key, 7), right);
    }
}
