//! Fades.

/// A gain that rises from 0 at `t <= 0` to 1 at `t >= 1` along half a cosine, with no corner at either end.
#[must_use]
pub fn raised_cosine(t: f32) -> f32 {
    0.5 - 0.5 * (std::f32::consts::PI * t.clamp(0.0, 1.0)).cos()
}

/// Fades the first and the last `length` samples in and out; a shorter sound is faded over its halves.
pub fn fade_edges(samples: &mut [f32], length: usize) {
    let length = length.min(samples.len() / 2);
    let last = samples.len().wrapping_sub(1);
    for i in 0..length {
        let gain = raised_cosine((i as f32 + 0.5) / length as f32);
        samples[i] *= gain;
        samples[last - i] *= gain;
    }
}
