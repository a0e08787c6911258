//! What is heard once, at cues: sound files, and strokes of bells.

use super::{
    Bed, BedError, LoopMode, Source,
    bell::{BellKind, strike},
};
use crate::audio::{SampleRate, Stereo};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// The sounds of a session, each opened or made once however often it is heard.
#[derive(Debug, Default)]
pub struct Sounds {
    files: Vec<(PathBuf, Bed)>,
    /// Which file a cue plays.
    cues: BTreeMap<usize, usize>,
    bells: [OnceLock<Vec<Stereo>>; BellKind::ALL.len()],
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

    /// One stroke of a bell, made when it is first asked for. All of a session have its rate.
    #[must_use]
    pub fn bell(&self, kind: BellKind, rate: SampleRate) -> &[Stereo] {
        self.bells[kind as usize].get_or_init(|| strike(kind, rate))
    }
}
