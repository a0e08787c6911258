//! What is said and what is waited for, in order, before anything is spoken.
//!
//! A [`Plan`] has no conditions, answers or includes left: it is a flat list of [`Cue`]s. What it cannot know yet is how
//! long speech takes; [`fit`] settles that, and only a [`Fitted`] plan can be laid on a timeline.

mod fit;
mod pauses;
mod personal;
mod profile;
mod sentences;

pub use fit::{Fitted, Voiced, fit, fit_as_known};
pub use profile::Profile;

use crate::{
    audio::Decibels,
    script::{
        BedDeclaration, BreathPhase, Category, LexiconEntry, Script, Span, ToneKind,
        diagnostic::{self, Diagnostic, Severity},
    },
};
use std::{collections::BTreeMap, time::Duration};

/// The most cues that a session may have.
pub const MAX_CUES: usize = 100_000;

/// How long a session may be unless more is asked for.
pub const DEFAULT_MAX_DURATION: Duration = Duration::from_secs(24 * 60 * 60);

/// Time that a letter takes at a pace of 1, and what is added to it at any pace, in seconds: see [`Plan::estimate`].
const LETTER: f32 = 0.0385;
const LETTER_ROUNDING: f32 = 0.0123;

/// What a person asks for beside the script. It wins over the script.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Answers by name.
    pub answers: BTreeMap<String, String>,
    /// What choices and noises are drawn from.
    pub seed: Option<u64>,
    /// 1.0 is the voice's own speed.
    pub pace: Option<f32>,
    /// The voice that speaks where the script names none of its own.
    pub voice: Option<String>,
    /// The wanted length of the session.
    pub duration: Option<Duration>,
    /// The longest session that is accepted.
    pub max_duration: Duration,
    /// Whether beds are left out, with the time that their fades take.
    pub no_bed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            answers: BTreeMap::new(),
            seed: None,
            pace: None,
            voice: None,
            duration: None,
            max_duration: DEFAULT_MAX_DURATION,
            no_bed: false,
        }
    }
}

/// A part of an utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// What is said.
    pub said: Said,
    /// How much longer than usual its sounds last: 1.0 is plain, more is emphasis.
    pub stretch: f32,
}

/// Words as they are written in a script, or sounds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Said {
    /// Written text, with its punctuation.
    Words(String),
    /// Phonemes as espeak-ng writes them.
    Ipa(String),
}

/// What one inference speaks: one sentence or a few short ones, never across a pause.
#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    /// Which of the plan's voices speaks.
    pub voice: usize,
    /// In the order in which they are said.
    pub pieces: Vec<Piece>,
    /// 1.0 is the voice's own speed; below it is slower.
    pub pace: f32,
    /// What the noise inside the voice is drawn from, together with what is said.
    pub seed: u64,
}

/// One step of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    /// What happens.
    pub kind: CueKind,
    /// Where the script asks for it.
    pub span: Span,
}

/// Speech and how it is placed.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Which of the plan's utterances.
    pub utterance: usize,
    /// The text as it is shown.
    pub shown: String,
    /// A change of its level.
    pub volume: Decibels,
    /// Its place, -1 left to 1 right.
    pub pan: f32,
}

/// How long the bells that are built in ring: until they are 60 dB down.
const RINGS: [(&str, Duration); 3] =
    [("bowl", Duration::from_secs(22)), ("tingsha", Duration::from_secs(7)), ("gong", Duration::from_secs(16))];

/// How long a bell that is built in rings after a stroke, until it is 60 dB down; nothing for a file.
#[must_use]
pub fn ring(bell: &str) -> Duration {
    RINGS.iter().find(|(name, _)| *name == bell).map_or(Duration::ZERO, |(_, ring)| *ring)
}

impl CueKind {
    /// What it says.
    #[must_use]
    pub fn line(&self) -> Option<&Line> {
        match self {
            Self::Speak(line) | Self::Slot { line: Some(line), .. } => Some(line),
            _ => None,
        }
    }

    /// How long something is heard from the cue on that nothing waits for: a bell's ringing, a sound, a bed or a tone that goes.
    fn lingers(&self) -> Duration {
        match self {
            Self::Bell { name, strokes, .. } => strokes.last().map_or(Duration::ZERO, |last| *last + ring(name)),
            Self::Sound { length, wait: false, .. } => *length,
            Self::BedOff { over, .. } | Self::ToneOff { over } => *over,
            _ => Duration::ZERO,
        }
    }
}

/// What a cue does.
#[derive(Debug, Clone, PartialEq)]
pub enum CueKind {
    /// A chapter begins.
    Chapter {
        /// Its title.
        title: String,
    },
    /// Something is said.
    Speak(Line),
    /// Nothing is said for a time.
    Pause {
        /// How long.
        length: Duration,
        /// Whether a wanted length of the session may stretch or shrink it.
        elastic: bool,
        /// Whether it is a `[silence]`, in which beds rise.
        silence: bool,
    },
    /// A span of exact length with something said at its beginning.
    Slot {
        /// What it is.
        kind: SlotKind,
        /// How long, the speech included.
        length: Duration,
        /// What is said, when anything is.
        line: Option<Line>,
    },
    /// Waits until a time from the start of the session.
    At(Duration),
    /// A named point.
    Mark(String),
    /// A bed comes in or moves to another level.
    Bed {
        /// Which of the plan's beds.
        bed: usize,
        /// Its new level relative to the speech.
        level: Decibels,
        /// How long the change takes.
        over: Duration,
    },
    /// A bed is let out.
    BedOff {
        /// Which of the plan's beds.
        bed: usize,
        /// How long it takes.
        over: Duration,
    },
    /// A bell is struck.
    Bell {
        /// Which.
        name: String,
        /// Its level relative to the speech.
        level: Decibels,
        /// Times of the strokes from the cue on.
        strokes: Vec<Duration>,
    },
    /// A file is played.
    Sound {
        /// How long it is; nothing until [`Plan::set_sound_length`] tells.
        length: Duration,
        /// The path as written.
        file: String,
        /// Its level relative to the speech.
        level: Decibels,
        /// Whether the speech waits until it has ended.
        wait: bool,
    },
    /// A brainwave layer begins.
    Tone {
        /// Which kind.
        kind: ToneKind,
        /// The carrier in hertz.
        carrier: f64,
        /// The beat in hertz at the start.
        beat: f64,
        /// The beat it glides to, and for how long.
        glide: Option<(f64, Duration)>,
        /// Its level relative to the speech.
        level: Decibels,
        /// How long it takes to come in.
        over: Duration,
    },
    /// The brainwave layers end.
    ToneOff {
        /// How long it takes.
        over: Duration,
    },
}

/// What a slot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotKind {
    /// A phase of a breath.
    Breath(BreathPhase),
    /// One number of a count.
    Count,
}

/// A session in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What it is called; the file's name when the script has no title.
    pub title: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// What kind of session it is.
    pub category: Category,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The language of its text when the script names one.
    pub language: Option<String>,
    /// Names of the voices; `None` is the default voice. An utterance names them by position.
    pub voices: Vec<Option<String>>,
    /// Words and how they are said.
    pub lexicon: Vec<LexiconEntry>,
    /// What is spoken, in order of first use.
    pub utterances: Vec<Utterance>,
    /// What happens, in order.
    pub cues: Vec<Cue>,
    /// Beds that are used.
    pub beds: Vec<BedDeclaration>,
    /// Levels, fades and pauses after category and script.
    pub profile: Profile,
    /// The wanted length of the session, and where the script says so.
    pub duration: Option<(Duration, Span)>,
    /// The longest session that is accepted.
    pub max_duration: Duration,
    /// Time before the first cue in which the beds come in.
    pub lead_in: Duration,
    /// Time after the last cue in which the beds go out.
    pub lead_out: Duration,
    /// What choices and noises are drawn from.
    pub seed: u64,
}

/// Plans a session.
///
/// # Errors
///
/// All problems that are found: answers that are missing or not allowed, unknown beds, and limits that are passed.
pub fn plan(script: &Script, settings: &Settings) -> Result<Plan, Vec<Diagnostic>> {
    let (plan, diagnostics) = draft(script, settings);
    if diagnostics.iter().any(|d| d.severity == Severity::Error) { Err(diagnostics) } else { Ok(plan) }
}

/// Plans a session as far as it can be planned, and tells all problems: what else is wrong can be looked for in the plan.
#[must_use]
pub fn draft(script: &Script, settings: &Settings) -> (Plan, Vec<Diagnostic>) {
    let (steps, mut diagnostics) = personal::resolve(script, settings);
    let plan = pauses::cue(script, settings, steps, &mut diagnostics);
    diagnostic::settle(&mut diagnostics);
    (plan, diagnostics)
}

impl Plan {
    /// How long an utterance probably takes, from the number of its letters, spaces included.
    ///
    /// Measured with `en_US-joe-medium` over 263 utterances at paces from 0.5 to 1.5: a session's speech is met within 5 %, a single
    /// sentence within about 10 %. A part of each letter's time does not follow the pace, since the voice makes every sound last a whole
    /// number of its frames of 11.6 ms, rounded up.
    #[must_use]
    pub fn estimate(&self, utterance: usize) -> Duration {
        let utterance = &self.utterances[utterance];
        let seconds: f32 = utterance
            .pieces
            .iter()
            .map(|piece| {
                let (Said::Words(text) | Said::Ipa(text)) = &piece.said;
                text.chars().count() as f32 * (LETTER * piece.stretch / utterance.pace + LETTER_ROUNDING)
            })
            .sum();
        Duration::from_secs_f32(seconds)
    }

    /// Tells how long the sound file of a cue is.
    pub fn set_sound_length(&mut self, cue: usize, known: Duration) {
        if let Some(Cue { kind: CueKind::Sound { length, .. }, .. }) = self.cues.get_mut(cue) {
            *length = known;
        }
    }

    /// The number of words that are spoken.
    #[must_use]
    pub fn words(&self) -> usize {
        self.lines().map(|line| line.shown.split_whitespace().count()).sum()
    }

    /// Everything that is spoken, in order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.cues.iter().filter_map(|cue| cue.kind.line())
    }
}
