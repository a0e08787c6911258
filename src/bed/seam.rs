//! How the end of a sound passes into its beginning.

use crate::audio::Stereo;

/// Frames around the middle of a crossfade whose likeness is measured.
const LOOKED_AT: usize = 8_192;

/// Gains of what goes and what comes at `t` from 0 to 1, such that power stays the same for two sounds that are
/// correlated by `likeness`.
///
/// At 0 (noise) these are the quarter waves of an equal-power fade; at 1 (the same tone) they add up to 1. In
/// between power is `go² + come² + 2 likeness go come`, which is divided out.
pub(super) fn gains(t: f32, likeness: f32) -> (f32, f32) {
    let (come, go) = (std::f32::consts::FRAC_PI_2 * t.clamp(0.0, 1.0)).sin_cos();
    let scale = 1.0 / (1.0 + 2.0 * likeness * go * come).sqrt();
    (go * scale, come * scale)
}

/// Where and how a loop closes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seam {
    /// Frames that the loop is made shorter, so that waves of both ends meet in phase.
    pub(super) shift: usize,
    /// Correlation of the two ends there, 0 to 1.
    pub(super) likeness: f32,
}

impl Seam {
    /// Finds the shift of up to `farthest` frames at which the end is most like the beginning.
    ///
    /// `head` holds the first frames, `tail` as many of the last ones and `farthest` more before them: a loop
    /// that is `shift` shorter fades from `tail[farthest - shift + n]` into `head[n]`.
    pub(super) fn find(head: &[Stereo], tail: &[Stereo], farthest: usize) -> Self {
        let length = head.len().min(tail.len().saturating_sub(farthest));
        let looked = length.min(LOOKED_AT);
        let from = (length - looked) / 2;
        let mono = |frames: &[Stereo]| frames.iter().map(|f| f.left + 0.6 * f.right).collect::<Vec<f32>>();
        let (head, tail) = (mono(&head[from..from + looked]), mono(tail));
        let power = |x: &[f32]| x.iter().map(|a| a * a).sum::<f32>();
        let at_head = power(&head);
        let mut best = Self { shift: 0, likeness: 0.0 };
        for shift in 0..=farthest {
            let Some(part) = tail.get(farthest - shift + from..farthest - shift + from + looked) else { continue };
            let product = head.iter().zip(part).map(|(a, b)| a * b).sum::<f32>();
            let likeness = (product / (at_head * power(part)).sqrt().max(1e-20)).clamp(0.0, 1.0);
            if likeness > best.likeness + 1e-4 {
                best = Self { shift, likeness };
            }
        }
        // Noise is a little like itself somewhere: nothing is gained by moving it.
        if best.likeness < 0.5 { Self { shift: 0, likeness: 0.0 } } else { best }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_stays_the_same_for_any_likeness() {
        for likeness in [0.0f32, 0.3, 0.7, 1.0] {
            for n in 0..=10 {
                let (go, come) = gains(n as f32 / 10.0, likeness);
                let power = go * go + come * come + 2.0 * likeness * go * come;
                assert!((power - 1.0).abs() < 1e-5, "{likeness} {n}: {power}");
            }
        }
    }

    #[test]
    fn a_tone_is_moved_until_it_meets_itself_in_phase() {
        let tone = |n: usize| Stereo::mono((std::f32::consts::TAU * n as f32 / 100.0).sin());
        let head: Vec<_> = (0..4_000).map(tone).collect();
        let tail: Vec<_> = (0..4_200).map(|n| tone(n + 37)).collect();
        let seam = Seam::find(&head, &tail, 200);
        assert_eq!((200 - seam.shift + 37) % 100, 0);
        assert!(seam.likeness > 0.999);
    }
}
