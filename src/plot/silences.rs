//! Where a sound is silent.

use super::Shade;
use crate::audio::{SampleRate, Stereo};

/// What is nowhere above this is silent: -60 dB of full scale.
const QUIET: f32 = 1e-3;

/// Finds the spans of a second or more in which nothing is above -60 dB of full scale.
#[derive(Debug, Clone)]
pub struct Silences {
    rate: SampleRate,
    at: u64,
    since: u64,
    found: Vec<Shade>,
}

impl Silences {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new(rate: SampleRate) -> Self {
        Self { rate, at: 0, since: 0, found: Vec::new() }
    }

    /// Hears the next frames.
    pub fn add(&mut self, frames: &[Stereo]) {
        for frame in frames {
            if frame.left.abs().max(frame.right.abs()) > QUIET {
                self.end();
                self.since = self.at + 1;
            }
            self.at += 1;
        }
    }

    fn end(&mut self) {
        let hertz = u64::from(self.rate.hertz());
        if self.at >= self.since + hertz {
            let seconds = |frames: u64| frames as f64 / hertz as f64;
            self.found.push(Shade { from: seconds(self.since), to: seconds(self.at), silence: true });
        }
    }

    /// The spans, in order.
    #[must_use]
    pub fn finish(mut self) -> Vec<Shade> {
        self.end();
        self.found
    }
}
