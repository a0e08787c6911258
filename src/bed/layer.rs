//! What recipes are made of.

mod drone;
mod events;
mod grains;
mod noise;
mod swell;

pub(super) use drone::Drone;
pub(super) use events::Events;
pub(super) use grains::{birds, bowls, bubbles, crackles, crickets, drops, heartbeats};
pub(super) use noise::{Colour, Noise};
pub(super) use swell::{Flicker, Ocean, Wind};

/// A sound that can be made one segment at a time.
pub(super) trait Layer: Send + Sync {
    /// Adds the segment that begins at `start`, a multiple of the segment's length, to both channels.
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]);
}

/// A file inside a recipe.
impl Layer for std::sync::Arc<super::file::FileBed> {
    fn segment(&self, start: u64, left: &mut [f32], right: &mut [f32]) {
        let mut frames = vec![crate::audio::Stereo::ZERO; left.len()];
        self.read(crate::audio::Frames(start), &mut frames);
        for ((frame, l), r) in frames.iter().zip(left).zip(right) {
            *l += frame.left;
            *r += frame.right;
        }
    }
}
