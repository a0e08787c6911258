//! Live playback: what is ready is heard, and what is not yet is made meanwhile.

mod status;

pub use status::{Command, Heard, Motion, Sleep, Status};
