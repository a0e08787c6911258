//! The inner loops of the decoder.
//!
//! Tensors lie row by row, one row a channel, time running along the row, so that a vector register holds neighbouring
//! samples of one channel. A convolution is computed directly: six output channels by two registers of time stay in
//! registers while all input channels and taps pass by. That does 12 multiply-adds for every 2 + 6 loads, which keeps both
//! multiply-add units of a core busy, and nothing is copied into columns first. Four by three would load less, but takes all
//! of 16 registers, and the compiler then keeps a sum in memory, which halves the speed.

use pulp::{Simd, WithSimd};

/// Output channels that are computed together.
pub(super) const ROWS: usize = 6;

/// Registers of time that are computed together.
const REGISTERS: usize = 2;

/// No vector unit computes more columns than this at a time; buffers have as many to spare behind what is asked for.
pub(super) const SPARE: usize = REGISTERS * 16;

/// A tensor and where in it reading begins.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) data: &'a [f32],
    /// From one row to the next.
    pub(super) pitch: usize,
    /// The column that the first output column starts from.
    pub(super) at: usize,
}

/// A tensor and where in it writing begins.
pub(super) struct Target<'a> {
    pub(super) data: &'a mut [f32],
    /// From one row to the next.
    pub(super) pitch: usize,
    /// The first column that is written.
    pub(super) at: usize,
}

/// What is done with a sum before it is stored: other tensors are added, then it is scaled.
pub(super) struct Finish<'a> {
    /// Added, column by column.
    pub(super) adds: [Option<Source<'a>>; 2],
    /// Multiplied after that.
    pub(super) scale: f32,
    /// Takes the result as it is.
    pub(super) plain: Option<Target<'a>>,
    /// Takes the result with its negative part multiplied by `slope`.
    pub(super) active: Option<Target<'a>>,
    /// 0 to 1.
    pub(super) slope: f32,
}

impl Finish<'_> {
    /// Finishes and stores one register of a row.
    #[inline(always)]
    fn store<S: Simd>(&mut self, simd: S, row: usize, column: usize, value: S::f32s) {
        let mut value = value;
        for add in self.adds.iter().flatten() {
            let at = row * add.pitch + add.at + column;
            value = simd.add_f32s(value, load::<S>(&add.data[at..]));
        }
        value = simd.mul_f32s(value, simd.splat_f32s(self.scale));
        if let Some(target) = &mut self.plain {
            let at = row * target.pitch + target.at + column;
            store::<S>(&mut target.data[at..], value);
        }
        if let Some(target) = &mut self.active {
            let at = row * target.pitch + target.at + column;
            let active = simd.max_f32s(value, simd.mul_f32s(value, simd.splat_f32s(self.slope)));
            store::<S>(&mut target.data[at..], active);
        }
    }
}

#[inline(always)]
fn load<S: Simd>(slice: &[f32]) -> S::f32s {
    S::as_simd_f32s(&slice[..S::F32_LANES]).0[0]
}

#[inline(always)]
fn store<S: Simd>(slice: &mut [f32], value: S::f32s) {
    S::as_mut_simd_f32s(&mut slice[..S::F32_LANES]).0[0] = value;
}

/// Sums over input channels and taps for [`ROWS`] outputs and [`REGISTERS`] registers of time from the start of `rows` on.
#[inline(always)]
fn block<S: Simd>(
    simd: S,
    rows: &[f32],
    pitch: usize,
    weights: &[[f32; ROWS]],
    taps: usize,
    dilation: usize,
    bias: [f32; ROWS],
) -> [[S::f32s; REGISTERS]; ROWS] {
    let width = REGISTERS * S::F32_LANES;
    let span = (taps - 1) * dilation + width;
    let mut sums = [[simd.splat_f32s(0.0); REGISTERS]; ROWS];
    for r in 0..ROWS {
        sums[r] = [simd.splat_f32s(bias[r]); REGISTERS];
    }
    for (channel, weights) in weights.chunks_exact(taps).enumerate() {
        let row = &rows[channel * pitch..][..span];
        let mut at = 0;
        for weights in weights {
            let (x, _) = S::as_simd_f32s(&row[at..at + width]);
            let x: [S::f32s; REGISTERS] = [x[0], x[1]];
            for r in 0..ROWS {
                let weight = simd.splat_f32s(weights[r]);
                for v in 0..REGISTERS {
                    sums[r][v] = simd.mul_add_e_f32s(weight, x[v], sums[r][v]);
                }
            }
            at += dilation;
        }
    }
    sums
}

/// A convolution of stride 1.
pub(super) struct Conv<'a> {
    /// The first tap of the first column is at `input.at`.
    pub(super) input: Source<'a>,
    /// For each [`ROWS`] output channels, each input channel, each tap: a weight for each output channel.
    pub(super) weights: &'a [[f32; ROWS]],
    /// One for each [`ROWS`] output channels.
    pub(super) bias: &'a [[f32; ROWS]],
    pub(super) taps: usize,
    pub(super) dilation: usize,
    /// Output channels.
    pub(super) channels: usize,
    /// How many columns are computed at least; up to [`SPARE`] more are overwritten.
    pub(super) columns: usize,
    pub(super) finish: Finish<'a>,
}

impl WithSimd for Conv<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = REGISTERS * S::F32_LANES;
        let group = self.weights.len() / self.bias.len();
        for (g, (weights, bias)) in self.weights.chunks_exact(group).zip(self.bias).enumerate() {
            let rows = ROWS.min(self.channels - g * ROWS);
            for column in (0..self.columns).step_by(width) {
                let input = &self.input.data[self.input.at + column..];
                let sums = block(simd, input, self.input.pitch, weights, self.taps, self.dilation, *bias);
                for (r, sums) in sums.into_iter().enumerate().take(rows) {
                    for (v, sum) in sums.into_iter().enumerate() {
                        self.finish.store(simd, g * ROWS + r, column + v * S::F32_LANES, sum);
                    }
                }
            }
        }
    }
}

/// A transposed convolution, as one short convolution for each phase of the output.
pub(super) struct Spread<'a> {
    /// Column 0 of the output's first stride is worked out from this column on backwards.
    pub(super) input: Source<'a>,
    pub(super) phases: &'a [Phase],
    /// One for each [`ROWS`] output channels.
    pub(super) bias: &'a [[f32; ROWS]],
    /// Output channels.
    pub(super) channels: usize,
    /// How many columns of the input are spread.
    pub(super) columns: usize,
    pub(super) output: Target<'a>,
}

/// The taps that meet in every `stride`-th output column.
#[derive(Debug)]
pub(super) struct Phase {
    /// How many columns before the input's the first tap lies; negative when behind it.
    pub(super) back: isize,
    pub(super) taps: usize,
    /// As in [`Conv`], the tap that lies furthest back first.
    pub(super) weights: Vec<[f32; ROWS]>,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let width = REGISTERS * S::F32_LANES;
        let stride = self.phases.len();
        let target = self.output;
        let mut line = [[0.0f32; SPARE]; ROWS];
        for (g, bias) in self.bias.iter().enumerate() {
            let rows = ROWS.min(self.channels - g * ROWS);
            for column in (0..self.columns).step_by(width) {
                let count = width.min(self.columns - column);
                for (p, phase) in self.phases.iter().enumerate() {
                    let group = phase.weights.len() / self.bias.len();
                    let weights = &phase.weights[g * group..][..group];
                    let at = (self.input.at + column).wrapping_add_signed(-phase.back);
                    let sums = block(simd, &self.input.data[at..], self.input.pitch, weights, phase.taps, 1, *bias);
                    for (line, sums) in line.iter_mut().zip(&sums) {
                        for (v, sum) in sums.iter().enumerate() {
                            store::<S>(&mut line[v * S::F32_LANES..], *sum);
                        }
                    }
                    for (r, line) in line.iter().enumerate().take(rows) {
                        let at = (g * ROWS + r) * target.pitch + target.at + column * stride + p;
                        let out = target.data[at..].iter_mut().step_by(stride);
                        for (out, sample) in out.zip(&line[..count]) {
                            *out = *sample;
                        }
                    }
                }
            }
        }
    }
}

/// Finishes a tensor that no convolution makes.
pub(super) struct Pass<'a> {
    pub(super) input: Source<'a>,
    pub(super) channels: usize,
    /// How many columns are computed at least; up to [`SPARE`] more are overwritten.
    pub(super) columns: usize,
    pub(super) finish: Finish<'a>,
}

impl WithSimd for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for row in 0..self.channels {
            for column in (0..self.columns).step_by(S::F32_LANES) {
                let value = load::<S>(&self.input.data[row * self.input.pitch + self.input.at + column..]);
                self.finish.store(simd, row, column, value);
            }
        }
    }
}
