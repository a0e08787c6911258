//! Conversion of sample rates, with rubato.
use super::SampleRate;

/// Why two rates cannot be converted into each other.
#[derive(Debug, thiserror::Error)]
#[error("cannot convert from {from} to {to}: {reason}")]
pub struct ResampleError {
    from: SampleRate,
    to: SampleRate,
    reason: String,
}

/// Converts whole sounds from one rate to another.
#[derive(Debug, Clone, Copy)]
pub struct Resampler {
    from: SampleRate,
    to: SampleRate,
}

impl Resampler {
    /// A converter.
    ///
    /// # Errors
    ///
    /// When the two rates cannot be converted into each other.
    pub fn new(from: SampleRate, to: SampleRate) -> Result<Self, ResampleError> {
        Ok(Self { from, to })
    }

    /// Converts a whole mono sound; the result is `samples.len() * to / from` long, rounded.
    ///
    /// # Errors
    ///
    /// When rubato fails.
    pub fn convert(&self, _samples: &[f32]) -> Result<Vec<f32>, ResampleError> {
        Err(ResampleError { from: self.from, to: self.to, reason: "not written".into() })
    }
}
