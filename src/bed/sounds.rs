//! Sound files that are played once, at cues.

use super::{Bed, BedError, LoopMode, Source};
use crate::audio::SampleRate;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The sound files of a session, each opened once however often it is heard.
#[derive(Debug, Default)]
pub struct Sounds {
    files: Vec<(PathBuf, Bed)>,
    /// Which file a cue plays.
    cues: BTreeMap<usize, usize>,
}

impl Sounds {
    /// Opens the sound that a cue plays; it is brought to [`super::REFERENCE_LUFS`].
    ///
    /// # Errors
    ///
    /// When the file cannot be understood, or there is no sound in it.
    pub fn open(&mut self, cue: usize, path: &Path, rate: SampleRate) -> Result<&Bed, BedError> {
        let known = self.files.iter().position(|(known, _)| known == path);
        let file = known.unwrap_or(self.files.len());
        if known.is_none() {
            let source = Source::File { path, looping: LoopMode::Once, points: None };
            self.files.push((path.to_owned(), Bed::open(source, rate, 0)?));
        }
        self.cues.insert(cue, file);
        Ok(&self.files[file].1)
    }

    /// The sound of a cue.
    #[must_use]
    pub fn of(&self, cue: usize) -> Option<&Bed> {
        self.cues.get(&cue).map(|file| &self.files[*file].1)
    }
}
