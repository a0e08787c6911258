//! The noise inside a voice: the same for the same words, whatever is spoken beside them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Draws normally distributed numbers for one utterance.
pub(super) struct Noise(ChaCha8Rng);

impl Noise {
    /// Noise that depends on a seed, the ids that are spoken and their pace, and on nothing else.
    pub(super) fn new(seed: u64, ids: &[i32], pace: f32) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes()).update(&pace.to_le_bytes());
        for id in ids {
            hasher.update(&id.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(*hasher.finalize().as_bytes()))
    }

    /// The next numbers, of mean 0 and variance 1.
    pub(super) fn draw(&mut self, count: usize) -> Vec<f32> {
        fn normal(rng: &mut impl Rng) -> f32 {
            StandardNormal.sample(rng)
        }
        (0..count).map(|_| normal(&mut self.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_get_the_same_noise() {
        let draw = |seed, ids: &[i32], pace| Noise::new(seed, ids, pace).draw(64);
        let first = draw(1, &[1, 0, 20, 0, 2], 1.0);
        assert_eq!(first, draw(1, &[1, 0, 20, 0, 2], 1.0));
        assert_ne!(first, draw(2, &[1, 0, 20, 0, 2], 1.0));
        assert_ne!(first, draw(1, &[1, 0, 21, 0, 2], 1.0));
        assert_ne!(first, draw(1, &[1, 0, 20, 0, 2], 0.9));
    }

    #[test]
    fn it_is_normal() {
        let numbers = Noise::new(7, &[], 1.0).draw(100_000);
        let mean = numbers.iter().sum::<f32>() / 1e5;
        let variance = numbers.iter().map(|x| x * x).sum::<f32>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}
