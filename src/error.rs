//! What can go wrong on the way from a script to sound: one variant for each stage that can fail.

use crate::{
    audio::ResampleError,
    bed::BedError,
    library::LibraryError,
    plot::PlotError,
    script::{LoadError, Source, diagnostic::Diagnostic},
    sink::{ExtractError, SinkError},
    speech::{SpeechError, catalog::UnknownVoice},
};
use std::{io, path::PathBuf};

/// Why a session was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The script cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The script has mistakes, or asks for what cannot be.
    #[error("{} in the script", count(diagnostics.len()))]
    Script {
        /// All of them.
        diagnostics: Vec<Diagnostic>,
        /// The texts that they point into.
        sources: Vec<Source>,
    },
    /// A voice is not installed.
    #[error(transparent)]
    UnknownVoice(#[from] UnknownVoice),
    /// A voice cannot be loaded or cannot speak.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// Speech cannot be brought to the session's rate.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// A bed or a sound cannot be used.
    #[error(transparent)]
    Bed(#[from] BedError),
    /// Takes cannot be kept while the session is mixed.
    #[error("cannot keep takes in {}", folder.display())]
    Takes {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder of stems cannot be made.
    #[error("cannot make the folder {} for stems", folder.display())]
    Stems {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The result cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// There is no script to read in a finished file.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A sound breaks the rules of a preset.
    #[error("{} does not pass as {preset}: {}", path.display(), failures.join("; "))]
    Gate {
        /// The file.
        path: PathBuf,
        /// The preset.
        preset: &'static str,
        /// What stands against it.
        failures: Vec<String>,
    },
    /// A picture cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// The library cannot do what was asked for.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// Threads cannot be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why.
        source: rayon::ThreadPoolBuildError,
    },
    /// What was asked for cannot be done.
    #[error("{message}")]
    Request {
        /// What and why.
        message: String,
        /// What can be done.
        help: String,
    },
    /// The person stopped it.
    #[error("stopped")]
    Interrupted,
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "one mistake".to_owned() } else { format!("{mistakes} mistakes") }
}
