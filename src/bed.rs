//! stub
use crate::audio::{Frames, SampleRate, Stereo};
use crate::script::LoopMode;
use std::{path::{Path, PathBuf}, time::Duration};
/// x
pub const REFERENCE_LUFS: f64 = -23.0;
/// x
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct BedError;
/// x
pub struct Bed;
impl Bed {
    /// x
    pub fn recipe(_: &str, _: &[PathBuf], _: SampleRate, _: u64) -> Result<Self, BedError> { Ok(Self) }
    /// x
    pub fn file(_: &Path, _: SampleRate, _: u64, _: Option<LoopMode>, _: Option<(Duration, Duration)>) -> Result<Self, BedError> { Ok(Self) }
    /// x
    pub fn read(&self, _: Frames, out: &mut [Stereo]) { out.fill(Stereo::ZERO) }
}
