//! What a file says about itself.

use crate::audio::Frames;

/// Where a part of a session begins, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Its first frame.
    pub at: Frames,
    /// Its name.
    pub title: String,
}

/// What a file says about itself. An empty one adds nothing to the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// What the session is called.
    pub title: Option<String>,
    /// Who wrote or speaks it.
    pub artist: Option<String>,
    /// When it was made, as `YYYY-MM-DD` or `YYYY`.
    pub date: Option<String>,
    /// Its parts, in order.
    pub chapters: Vec<Chapter>,
    /// The script that it was rendered from.
    pub script: Option<String>,
}
