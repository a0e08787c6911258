//! What is playing, at a moment, and what a person may ask of it.

use crate::{audio::Decibels, script::BreathPhase, session::Spot};
use std::time::Duration;

/// A place that can be found again, also when what lies before it has become longer or shorter since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// How far from the start it was when it was made.
    pub at: Duration,
    /// What is said or done there; nothing where only the time is known.
    pub spot: Option<Spot>,
}

impl From<Duration> for Mark {
    fn from(at: Duration) -> Self {
        Self { at, spot: None }
    }
}

/// What is playing, at a moment: all that a screen shows. Times are of the session, from its start.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// What it is called.
    pub title: String,
    /// Where chapters begin, and their titles, in order. Those that are not prepared yet may still move.
    pub chapters: Vec<(Duration, String)>,
    /// Places that were marked, in order.
    pub bookmarks: Vec<Mark>,
    /// What is heard now.
    pub position: Mark,
    /// How long it is; an estimate until everything is prepared.
    pub length: Duration,
    /// Up to where everything is prepared: the whole length when all is.
    pub prepared: Duration,
    /// Whether it goes on.
    pub motion: Motion,
    /// What the voice does.
    pub heard: Heard,
    /// The level of the voice in dB of full scale, the highest sample of a short while.
    pub voice_level: Decibels,
    /// The same of all that lies under the voice.
    pub bed_level: Decibels,
    /// What the person added to the voice.
    pub voice: Decibels,
    /// What the person added to the bed; nothing can be added where the two cannot be told apart.
    pub bed: Option<Decibels>,
    /// Whether the bed is silenced.
    pub muted: bool,
    /// When it ends by itself.
    pub sleep: Option<Sleep>,
    /// Whether it begins again at its end.
    pub looping: bool,
    /// Something that happened lately: a device that went, a place that was kept.
    pub notice: Option<String>,
}

/// Whether playback goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// It does.
    Playing,
    /// The person stopped it for a while.
    Paused,
    /// The next words are still being made; what lies under them goes on.
    Waiting,
    /// The device has gone, and none is there to go on with.
    NoDevice,
    /// It has come to its end, or was ended.
    Ended,
}

/// What the voice does.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Nothing is known: a sound file without captions.
    Unknown,
    /// It says something.
    Speech {
        /// As it was written.
        text: String,
        /// How much of it was said, 0 to 1.
        said: f32,
    },
    /// It is silent.
    Pause {
        /// How long it will go on.
        left: Duration,
        /// How long it is in all.
        whole: Duration,
    },
    /// It leads a breath.
    Breath {
        /// Which part of it.
        phase: BreathPhase,
        /// How much of the part has passed.
        passed: Duration,
        /// How long the part is.
        whole: Duration,
    },
}

/// When playback ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sleep {
    /// After this time.
    In(Duration),
    /// At the end of the chapter, after this time.
    EndOfChapter(Duration),
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Command {
    /// Stop for a while, or go on.
    TogglePause,
    /// Go so many seconds on, or back.
    Skip(i32),
    /// Go to a time from the start.
    Seek(Duration),
    /// Go so many chapters on, or back; back goes to the start of the chapter first, when more than three seconds of it were heard.
    SkipChapters(i32),
    /// To the start of the chapter.
    RepeatChapter,
    /// Make the voice louder, or softer.
    Voice(Decibels),
    /// Make the bed louder, or softer.
    Bed(Decibels),
    /// Silence the bed, or bring it back.
    MuteBed,
    /// Set the sleep timer to its next setting: 15, 30, 45, 60 minutes, the end of the chapter, off.
    Sleep,
    /// Keep this place.
    Bookmark,
    /// Fade out in 50 ms and end.
    Quit,
}
