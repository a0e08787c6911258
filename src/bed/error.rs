//! Why a bed cannot be opened.

use crate::audio::ResampleError;
use std::{io, path::PathBuf};

/// Why a bed cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum BedError {
    /// There is no recipe of this name.
    #[error("there is no recipe `{name}`{hint}; there are: {known}")]
    UnknownRecipe {
        /// What was asked for.
        name: String,
        /// The nearest name as a question, or nothing.
        hint: String,
        /// All names, separated by commas.
        known: String,
    },
    /// A recipe is not TOML.
    #[error("{file} is not a recipe")]
    NotToml {
        /// The recipe.
        file: String,
        /// What the TOML parser says.
        source: Box<toml::de::Error>,
    },
    /// A key of a recipe is wrong.
    #[error("{file}: {place}: {problem}")]
    Recipe {
        /// The recipe.
        file: String,
        /// The key, with the layer that it stands in.
        place: String,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path names something that is not a regular file.
    #[error("{path} is {what}, not a sound file")]
    NotAFile {
        /// What was given.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The format is unknown or damaged.
    #[error(
        "{path} is not a sound that can be read ({reason}); allowed are WAV, FLAC, {}Ogg Vorbis, MP3, AAC, M4A, AIFF",
        if cfg!(feature = "opus") { "Opus, " } else { "" }
    )]
    NotASound {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// The format is known, but this sound cannot be a bed.
    #[error("{path} {problem}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// The rate cannot be converted.
    #[error("cannot bring {path} to the rate of the session")]
    Rate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ResampleError,
    },
}
