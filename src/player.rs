//! Live playback: what is ready is heard, and what is not yet is made meanwhile.
//!
//! A thread of its own reads the source a little ahead of what is heard and hands it to the device; commands reach it through a
//! channel, and what a screen shows comes back as a value.

mod engine;
mod file;
mod row;
mod sleep;
mod sound;
mod source;
mod status;
mod track;

pub use file::SoundFile;
pub use row::{Piece, Row};
pub use source::Source;
pub use status::{Command, Heard, Mark, Motion, Sleep, Status};

use crate::{
    audio::{Decibels, Frames},
    error::Error,
    sink::hurry,
};
use engine::Engine;
use std::{
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Sender, channel},
    },
    thread::JoinHandle,
    time::Duration,
};

/// How something is played.
#[derive(Debug, Clone)]
pub struct Options {
    /// What it is called.
    pub title: String,
    /// Its first frame.
    pub from: Frames,
    /// What is added to the voice.
    pub voice: Decibels,
    /// What is added to the bed.
    pub bed: Decibels,
    /// When it ends by itself.
    pub sleep: Option<Duration>,
    /// The device; the default one when absent.
    pub device: Option<String>,
    /// Whether it begins again at its end.
    pub looping: bool,
    /// Places that were marked before.
    pub bookmarks: Vec<Mark>,
}

/// How playback ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// What was heard last.
    pub position: Mark,
    /// Whether it was heard to its end.
    pub finished: bool,
    /// What was heard, in that order: from where to where. What was heard twice is there twice.
    pub heard: Vec<Range<Duration>>,
    /// Times that the device had to wait for sound.
    pub gaps: u64,
    /// What went wrong on the way.
    pub warnings: Vec<String>,
}

impl Ended {
    /// How long was played, pauses not counted.
    #[must_use]
    pub fn played(&self) -> Duration {
        self.heard.iter().map(|span| span.end.saturating_sub(span.start)).sum()
    }
}

/// Something that is being played.
pub struct Player {
    commands: Sender<Command>,
    status: Arc<Mutex<Status>>,
    thread: JoinHandle<Option<(Ended, Option<Error>)>>,
}

impl Player {
    /// Begins to play.
    ///
    /// # Errors
    ///
    /// When there is no device to play on.
    pub fn start(source: Box<dyn Source>, options: Options) -> Result<Self, Error> {
        let (commands, orders) = channel();
        let (opened, open) = channel();
        let status = Arc::new(Mutex::new(engine::first_status(&*source, &options)));
        let shown = Arc::clone(&status);
        let play = move || {
            hurry();
            let engine = Engine::open(source, options, orders, shown);
            match engine {
                Ok(engine) => {
                    drop(opened.send(None));
                    Some(engine.run())
                }
                Err(error) => {
                    drop(opened.send(Some(error)));
                    None
                }
            }
        };
        let thread = std::thread::Builder::new().name("player".into()).spawn(play);
        let thread = thread.map_err(|error| Error::Request {
            message: format!("cannot start a thread: {error}"),
            help: "end other programs, and try again".to_owned(),
        })?;
        match open.recv() {
            Ok(None) => Ok(Self { commands, status, thread }),
            Ok(Some(error)) => Err(error),
            Err(_) => Err(Error::Interrupted),
        }
    }

    /// What is playing now.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // However it ended: nobody waits for a thread that is no more.
        if self.thread.is_finished() {
            status.motion = Motion::Ended;
        }
        status
    }

    /// Asks for something. What has ended does nothing any more.
    pub fn command(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// Waits until it has ended: what was heard, and the error that ended it, when a voice failed or a file could not be read on.
    #[must_use]
    pub fn finish(self) -> (Ended, Option<Error>) {
        if let Ok(Some(end)) = self.thread.join() {
            return end;
        }
        let position = self.status.lock().unwrap_or_else(PoisonError::into_inner).position;
        let error = Error::Request {
            message: "playback stopped unexpectedly".to_owned(),
            help: "this is a mistake in undertone; please report it with the script".to_owned(),
        };
        (Ended { position, finished: false, heard: Vec::new(), gaps: 0, warnings: Vec::new() }, Some(error))
    }
}
