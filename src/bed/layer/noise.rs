//! Steady noise of a colour, and the filters that shape noise.

use super::Layer;
use crate::bed::generate::{fork, white};

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
        ((self.rate * 0.17) as usize).next_multiple_of(64)
    }

    /// The noise of a segment in two buffers of its own.
    pub(in crate::bed) fn make(&self, start: u64, length: usize) -> (Vec<f32>, Vec<f32>) {
        let before = self.run_in();
        let from = start.wrapping_sub(before as u64);
        let mut left = vec![0.0; before + length];
        let mut right = vec![0.0; before + length];
        white(fork(self.key, 1), from, &mut left);
        white(fork(self.key, 2), from, &mut right);
        match self.colour {
            Colour::White => {}
            Colour::Pink => pink(&mut left, &mut right),
            Colour::Brown => brown(&mut left, &mut right, self.rate),
        }
        if let Some(corner) = self.high_pass {
            high_pass(&mut left, &mut right, pole(corner, self.rate));
        }
        if let Some(corner) = self.low_pass {
            low_pass(&mut left, &mut right, pole(corner, self.rate));
        }
        left.drain(..before);
        right.drain(..before);
        (left, right)
    }
}

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

/// A leaky integral: 6 dB an octave above 20 Hz, so that it does not wander off.
fn brown(left: &mut [f32], right: &mut [f32], rate: f32) {
    let a = pole(20.0, rate);
    // Brings the level near that of white noise whatever the rate.
    let b = (1.0 - a * a).sqrt();
    let (mut l, mut r) = (0.0f32, 0.0f32);
    for (x, y) in left.iter_mut().zip(right) {
        l = a * l + b * *x;
        r = a * r + b * *y;
        *x = l;
        *y = r;
    }
}

/// Three one-pole filters whose sum falls 3 dB an octave within 0.5 dB (P. Kellet's economy filter).
fn pink(left: &mut [f32], right: &mut [f32]) {
    let (mut a, mut b, mut c) = ([0.0f32; 2], [0.0f32; 2], [0.0f32; 2]);
    for (x, y) in left.iter_mut().zip(right) {
        let white = [*x, *y];
        let mut out = [0.0; 2];
        for n in 0..2 {
            a[n] = 0.99765 * a[n] + white[n] * 0.099_046;
            b[n] = 0.96300 * b[n] + white[n] * 0.296_516_4;
            c[n] = 0.57000 * c[n] + white[n] * 1.052_691_3;
            out[n] = 0.25 * (a[n] + b[n] + c[n] + white[n] * 0.1848);
        }
        [*x, *y] = out;
    }
}

/// Two one-pole low-pass filters in a row.
fn low_pass(left: &mut [f32], right: &mut [f32], a: f32) {
    let b = 1.0 - a;
    let (mut first, mut second) = ([0.0f32; 2], [0.0f32; 2]);
    for (x, y) in left.iter_mut().zip(right) {
        let input = [*x, *y];
        for n in 0..2 {
            first[n] = a * first[n] + b * input[n];
            second[n] = a * second[n] + b * first[n];
        }
        [*x, *y] = second;
    }
}

/// Two one-pole high-pass filters in a row.
fn high_pass(left: &mut [f32], right: &mut [f32], a: f32) {
    let b = 1.0 - a;
    let (mut first, mut second) = ([0.0f32; 2], [0.0f32; 2]);
    for (x, y) in left.iter_mut().zip(right) {
        let input = [*x, *y];
        let mut out = [0.0; 2];
        for n in 0..2 {
            first[n] = a * first[n] + b * input[n];
            let once = input[n] - first[n];
            second[n] = a * second[n] + b * once;
            out[n] = once - second[n];
        }
        [*x, *y] = out;
    }
}
