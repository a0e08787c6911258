//! Where each session was left, and places that were kept: one small file each, in the person's state folder.

use serde::{Deserialize, Serialize};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use undertone::sink;

/// What is remembered of a session. Times are seconds from its start.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// What it was called.
    #[serde(default)]
    pub(crate) title: String,
    /// Where it was left; nothing when it was heard to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) position: Option<f64>,
    /// Places that were kept, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bookmarks: Vec<f64>,
}

/// The place where one session's memory is kept.
#[derive(Debug, Clone)]
pub(crate) struct Place(Option<PathBuf>);

impl Place {
    /// Of what is played from this path.
    pub(crate) fn of(path: &Path) -> Self {
        use etcetera::BaseStrategy;
        let own = || {
            let base = etcetera::choose_base_strategy().ok()?;
            Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("undertone"))
        };
        let folder = std::env::var_os("UNDERTONE_STATE").map(PathBuf::from).or_else(own);
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex();
        Self(folder.map(|folder| folder.join("positions").join(format!("{}.toml", &name[..32]))))
    }

    /// What is remembered; what cannot be read is forgotten.
    pub(crate) fn recall(&self) -> Memory {
        let text = self.0.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        text.and_then(|text| toml::from_str(&text).ok()).unwrap_or_default()
    }

    /// Remembers. Playback goes on when that cannot be done; the result says why.
    pub(crate) fn keep(&self, memory: &Memory) -> Result<(), String> {
        let path = self.0.as_ref().ok_or("this system has no folder for it")?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        let text = toml::to_string(memory).map_err(|error| error.to_string())?;
        sink::write_whole(path, text.as_bytes()).map_err(|error| undertone::session::chain(&error))
    }
}

impl Memory {
    /// Where to go on: a few seconds before it was left, so that one finds back into it.
    pub(crate) fn resume_at(&self) -> Duration {
        /// Long enough for the sentence that was being said.
        const EARLIER: f64 = 5.0;
        seconds(self.position.unwrap_or(0.0) - EARLIER)
    }

    /// The places that were kept.
    pub(crate) fn places(&self) -> Vec<Duration> {
        self.bookmarks.iter().map(|at| seconds(*at)).collect()
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}
