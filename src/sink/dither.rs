//! Whole-number samples, dithered.

use crate::audio::Stereo;

/// Turns samples into whole numbers with triangular dither of two steps' width (Lipshitz, Wannamaker and Vanderkooy,
/// "Quantization and Dither", 1992), which makes the error independent of the sound.
///
/// The dither of a sample depends on the seed and its position alone, so a render is the same however it is cut into
/// blocks. A sample of exactly zero stays zero: a pause is silent, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dither {
    seed: u64,
}

impl Dither {
    /// Dither that is drawn from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed: mix(seed) }
    }

    /// The whole numbers of `bits` bits (16 or 24) nearest to a frame with its dither, and how many of them had to be
    /// cut off at full scale. `position` counts frames. What is no number is zero.
    #[must_use]
    #[inline]
    pub fn quantize(self, frame: Stereo, bits: u32, position: u64) -> ([i32; 2], u64) {
        if frame == Stereo::ZERO {
            return ([0; 2], 0);
        }
        let random = mix(self.seed.wrapping_add(position.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let (left, left_clipped) = round(frame.left, bits, random as u32);
        let (right, right_clipped) = round(frame.right, bits, (random >> 32) as u32);
        ([left, right], u64::from(left_clipped) + u64::from(right_clipped))
    }
}

/// Rounds a sample with the dither that 32 random bits make.
#[inline]
fn round(sample: f32, bits: u32, random: u32) -> (i32, bool) {
    if sample == 0.0 || sample.is_nan() {
        return (0, false);
    }
    // The sum of two even distributions is triangular, between -1 and 1 of a step, in parts of 1/65 536.
    let noise = f64::from((random & 0xffff) + (random >> 16)) / 65_536.0 - 65_535.0 / 65_536.0;
    let full = f64::from(1u32 << (bits - 1));
    let exact = f64::from(sample) * full;
    // Cutting off what stands behind the point of a number that is not negative rounds it, a half upwards; calling
    // `round` would take three times as long.
    let raised = (exact + noise + full + 0.5).clamp(0.0, 2.0 * full - 1.0);
    // Dither alone never counts as clipping.
    let clipped = exact > full - 0.5 || exact < -full - 0.5;
    (raised as i32 - full as i32, clipped)
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantize(dither: Dither, sample: f32, bits: u32, position: u64) -> (i32, bool) {
        let ([left, _], clipped) = dither.quantize(Stereo { left: sample, right: 0.0 }, bits, position);
        (left, clipped > 0)
    }

    #[test]
    fn silence_stays_silent() {
        let dither = Dither::new(1);
        assert!((0..10_000).all(|position| quantize(dither, 0.0, 16, position) == (0, false)));
        assert!((0..10_000).all(|position| quantize(dither, -0.0, 16, position) == (0, false)));
        assert_eq!(quantize(dither, f32::NAN, 16, 7), (0, false));
    }

    #[test]
    fn the_mean_of_what_is_written_is_the_sample_even_below_one_step() {
        let dither = Dither::new(5);
        for sample in [0.25, -0.4, 0.5, 3.3] {
            let sum: i64 =
                (0..200_000).map(|position| i64::from(quantize(dither, sample / 32_768.0, 16, position).0)).sum();
            let mean = sum as f64 / 200_000.0;
            assert!((mean - f64::from(sample)).abs() < 0.01, "{sample} became {mean}");
        }
    }

    #[test]
    fn a_sine_of_one_step_has_no_harmonics() {
        let dither = Dither::new(9);
        // -96 dB at 1/48 of the rate; a bare rounding would put its third harmonic near -106 dB.
        let length = 480_000;
        let tone = |i: u64, order: f64| (std::f64::consts::TAU * order * (i % 48) as f64 / 48.0).sin();
        let level = |order: f64| {
            let sum: f64 = (0..length)
                .map(|i| {
                    let sample = (tone(i, 1.0) * 0.5 / 32_768.0 * 1.04) as f32;
                    f64::from(quantize(dither, sample, 16, i).0) * tone(i, order)
                })
                .sum();
            sum * 2.0 / length as f64
        };
        assert!((level(1.0) - 0.52).abs() < 0.01, "{}", level(1.0));
        for order in [2.0, 3.0, 5.0, 7.0] {
            assert!(level(order).abs() < 0.01, "harmonic {order}: {}", level(order));
        }
    }

    #[test]
    fn the_error_has_the_variance_of_triangular_dither() {
        let dither = Dither::new(2);
        let squares: f64 = (0..100_000)
            .map(|i| {
                let sample = ((i as f32) * 0.37).sin() * 0.3;
                let error = f64::from(quantize(dither, sample, 16, i).0) - f64::from(sample) * 32_768.0;
                error * error
            })
            .sum();
        // Rounding gives 1/12 and the dither 1/6 of a squared step.
        assert!((squares / 100_000.0 - 0.25).abs() < 0.005);
    }

    #[test]
    fn full_scale_is_cut_off_and_counted() {
        let dither = Dither::new(3);
        for position in 0..1000 {
            assert_eq!(quantize(dither, 1.5, 16, position), (32_767, true));
            assert_eq!(quantize(dither, -1.5, 16, position), (-32_768, true));
            assert_eq!(quantize(dither, f32::INFINITY, 16, position), (32_767, true));
            assert!(!quantize(dither, 32_767.0 / 32_768.0, 16, position).1);
            assert!(!quantize(dither, -1.0, 16, position).1);
        }
    }

    #[test]
    fn the_two_channels_have_dither_of_their_own() {
        let dither = Dither::new(6);
        let frames: Vec<[i32; 2]> = (0..4096).map(|i| dither.quantize(Stereo::mono(0.5 / 32_768.0), 16, i).0).collect();
        let mean = |value: &dyn Fn(&[i32; 2]) -> i32| frames.iter().map(|f| f64::from(value(f))).sum::<f64>() / 4096.0;
        let (left, right) = (mean(&|f| f[0]), mean(&|f| f[1]));
        assert!((mean(&|f| f[0] * f[1]) - left * right).abs() < 0.03);
    }

    #[test]
    fn the_same_seed_and_position_give_the_same_number() {
        let numbers = |seed| (0..64).map(move |i| quantize(Dither::new(seed), 1e-5, 16, i).0).collect::<Vec<_>>();
        assert_eq!(numbers(4), numbers(4));
        assert_ne!(numbers(4), numbers(5));
    }
}
