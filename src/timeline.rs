//! When everything is heard, to the frame.

use crate::{
    audio::{Decibels, Frames, SampleRate},
    plan::{CueKind, Fitted, Line, Plan, Voiced},
    script::ToneKind,
};
use std::{ops::Range, time::Duration};

/// Speech at its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// Which of the plan's utterances.
    pub utterance: usize,
    /// Which of the plan's cues.
    pub cue: usize,
    /// Its first frame.
    pub start: Frames,
    /// Its length.
    pub length: Frames,
    /// How much longer than was asked for it was silent before: only where speech was not made in time.
    pub late: Frames,
    /// The factor it is multiplied by, beside its voice's gain.
    pub gain: f32,
    /// Its place, -1 left to 1 right.
    pub pan: f32,
}

impl Placement {
    /// One past its last frame.
    #[must_use]
    pub fn end(&self) -> Frames {
        self.start + self.length
    }
}

/// A change of a bed's level.
#[derive(Debug, Clone, PartialEq)]
pub struct BedMove {
    /// Which of the plan's beds.
    pub bed: usize,
    /// When it begins.
    pub at: Frames,
    /// How long it takes.
    pub over: Frames,
    /// The new level relative to the speech; `None` is silence.
    pub level: Option<Decibels>,
}

/// One stroke of a bell, or one playing of a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Strike {
    /// The bell's name, or the sound's file.
    pub what: String,
    /// Which of the plan's cues.
    pub cue: usize,
    /// Its first frame.
    pub at: Frames,
    /// Its level relative to the speech.
    pub level: Decibels,
}

/// A brainwave layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Tone {
    /// Which kind.
    pub kind: ToneKind,
    /// The carrier in hertz.
    pub carrier: f64,
    /// The beat in hertz at the start.
    pub beat: f64,
    /// The beat it glides to, and for how many frames.
    pub glide: Option<(f64, Frames)>,
    /// Its level relative to the speech.
    pub level: Decibels,
    /// Its first frame.
    pub start: Frames,
    /// How long it takes to come in.
    pub fade_in: Frames,
    /// Where it begins to go, and how long that takes.
    pub end: Option<(Frames, Frames)>,
}

/// When everything is heard.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// Frames a second.
    pub rate: SampleRate,
    /// The whole length.
    pub length: Frames,
    /// Up to where all is final and can be read: the whole length, but while speech is still being made.
    pub horizon: Frames,
    /// Where each cue begins, and how long it is: one entry a cue of the plan.
    pub cues: Vec<(Frames, Frames)>,
    /// Speech, in order, never overlapping.
    pub speech: Vec<Placement>,
    /// Silences and pauses of three seconds or more: beds rise in them.
    pub lifts: Vec<Range<u64>>,
    /// Changes of beds, in order.
    pub beds: Vec<BedMove>,
    /// Strokes of bells.
    pub bells: Vec<Strike>,
    /// Sounds from files.
    pub sounds: Vec<Strike>,
    /// Brainwave layers.
    pub tones: Vec<Tone>,
    /// Chapters: where they begin and what they are called.
    pub chapters: Vec<(Frames, String)>,
    /// Named points.
    pub marks: Vec<(Frames, String)>,
    /// How long the beds take to come in at the start and to go at the end.
    pub fades: (Frames, Frames),
}

/// A pause of at least this lets the beds rise.
const LIFT_FROM: Duration = Duration::from_secs(3);

/// A clock that never rounds: it counts in units of one nanosecond divided by the rate, in which a frame and a nanosecond are
/// both whole numbers.
struct Clock {
    rate: SampleRate,
    ticks: u128,
}

impl Clock {
    const FRAME: u128 = 1_000_000_000;

    fn wait(&mut self, time: Duration) {
        self.ticks += time.as_nanos() * u128::from(self.rate.hertz());
    }

    fn play(&mut self, frames: Frames) {
        self.ticks += u128::from(frames.0) * Self::FRAME;
    }

    /// Goes on to a time, when it has not passed.
    fn reach(&mut self, time: Duration) {
        self.ticks = self.ticks.max(time.as_nanos() * u128::from(self.rate.hertz()));
    }

    /// The frame that is nearest.
    fn now(&self) -> Frames {
        Frames(((self.ticks + Self::FRAME / 2) / Self::FRAME) as u64)
    }
}

impl Timeline {
    /// Lays a fitted plan out.
    #[must_use]
    pub fn lay(fitted: &Fitted) -> Self {
        let (plan, rate) = (fitted.plan(), fitted.rate());
        let mut clock = Clock { rate, ticks: 0 };
        clock.wait(plan.lead_in);
        let mut timeline = Self {
            rate,
            length: Frames(0),
            horizon: Frames(u64::MAX),
            cues: Vec::with_capacity(plan.cues.len()),
            speech: Vec::new(),
            lifts: Vec::new(),
            beds: Vec::new(),
            bells: Vec::new(),
            sounds: Vec::new(),
            tones: Vec::new(),
            chapters: Vec::new(),
            marks: Vec::new(),
            fades: (rate.frames(plan.lead_in), rate.frames(plan.lead_out)),
        };
        for cue in 0..plan.cues.len() {
            clock.play(fitted.voiced(cue).late);
            let start = clock.now();
            timeline.place(plan, cue, fitted, &mut clock);
            let length = clock.now() - start;
            let start = match (&plan.cues[cue].kind, timeline.beds.last()) {
                (CueKind::Bed { .. }, Some(bed)) => bed.at,
                _ => start,
            };
            timeline.cues.push((start, length));
        }
        clock.wait(fitted.lead_out());
        timeline.length = clock.now();
        timeline.horizon = timeline.horizon.min(timeline.length);
        timeline
    }

    fn place(&mut self, plan: &Plan, cue: usize, fitted: &Fitted, clock: &mut Clock) {
        let (at, rate) = (clock.now(), self.rate);
        match &plan.cues[cue].kind {
            CueKind::Chapter { title } => self.chapters.push((at, title.clone())),
            CueKind::Mark(name) => self.marks.push((at, name.clone())),
            CueKind::Speak(line) => {
                let length = self.say(line, cue, fitted, at);
                clock.play(length);
            }
            CueKind::Slot { length, line, .. } => {
                if let Some(line) = line {
                    self.say(line, cue, fitted, at);
                }
                clock.wait(*length);
            }
            CueKind::Pause { length, silence, .. } => {
                clock.wait(*length);
                if *silence || *length >= LIFT_FROM {
                    self.lifts.push(at.0..clock.now().0);
                }
            }
            CueKind::At(time) => clock.reach(*time),
            CueKind::Bed { bed, level, over } => {
                // Before anything else is heard a bed plays from the start, and comes in with the session's own fade, which may
                // take longer than what was asked for.
                let first = at == rate.frames(plan.lead_in) && self.speech.is_empty();
                let (at, over) = match (first, *over <= plan.lead_in) {
                    (true, true) => (Frames(0), Frames(0)),
                    (true, false) => (Frames(0), rate.frames(*over)),
                    (false, _) => (at, rate.frames(*over)),
                };
                self.beds.push(BedMove { bed: *bed, at, over, level: Some(*level) });
            }
            CueKind::BedOff { bed, over } => {
                self.beds.push(BedMove { bed: *bed, at, over: rate.frames(*over), level: None });
            }
            CueKind::Bell { name, level, strokes } => {
                self.bells.extend(strokes.iter().map(|stroke| Strike {
                    what: name.clone(),
                    cue,
                    at: at + rate.frames(*stroke),
                    level: *level,
                }));
            }
            CueKind::Sound { file, level, wait, length } => {
                self.sounds.push(Strike { what: file.clone(), cue, at, level: *level });
                if *wait {
                    clock.wait(*length);
                }
            }
            CueKind::Tone { kind, carrier, beat, glide, level, over } => {
                self.end_tones(at, rate.frames(*over));
                self.tones.push(Tone {
                    kind: *kind,
                    carrier: *carrier,
                    beat: *beat,
                    glide: glide.map(|(to, over)| (to, rate.frames(over))),
                    level: *level,
                    start: at,
                    fade_in: rate.frames(*over),
                    end: None,
                });
            }
            CueKind::ToneOff { over } => self.end_tones(at, rate.frames(*over)),
        }
    }

    fn end_tones(&mut self, at: Frames, over: Frames) {
        for tone in &mut self.tones {
            tone.end.get_or_insert((at, over));
        }
    }

    fn say(&mut self, line: &Line, cue: usize, fitted: &Fitted, start: Frames) -> Frames {
        let Voiced { length, ready, late } = fitted.voiced(cue);
        if ready < length && self.horizon == Frames(u64::MAX) {
            // Beds begin to make way before a word; how early in a short gap, depends on the gap.
            let gap = start - late - self.speech.last().map_or(Frames(0), Placement::end);
            let lead = self.rate.frames(fitted.plan().profile.attack).min(gap);
            self.horizon = if ready == Frames(0) { start - lead } else { start + ready };
        }
        self.speech.push(Placement {
            utterance: line.utterance,
            cue,
            start,
            length,
            late,
            gain: line.volume.amplitude(),
            pan: line.pan,
        });
        length
    }

    /// All frames in which something is said.
    #[must_use]
    pub fn spoken(&self) -> Frames {
        Frames(self.speech.iter().map(|placement| placement.length.0).sum())
    }
}
