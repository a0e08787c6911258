//! Steps become cues: sentences, the pauses between them, and exact slots for breaths and counts.
//!
//! Between two things that are said there is one gap. When the script asks for pauses there, they add up and nothing else
//! counts; when it asks for none, the longest of the implicit pauses (sentence, paragraph, heading) is taken.

use super::{
    Cue, CueKind, Line, MAX_CUES, Piece, Plan, Profile, Said, Settings, SlotKind, Utterance,
    personal::{self, Run, Step},
    sentences::{self, Segment},
};
use crate::{
    audio::Decibels,
    script::{
        BedDeclaration, BedSource, BreathPhase, Direction, Length, Script, Span, Spanned, diagnostic::Diagnostic,
        is_sound_file,
    },
};
use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

/// What choices and noises are drawn from when nothing else is asked for.
pub(super) const DEFAULT_SEED: u64 = 1;

/// The gap after a part of a sentence that was too long for one inference.
const CLAUSE: Duration = Duration::from_millis(180);

/// The bells that are synthesized.
const BELLS: [&str; 3] = ["bowl", "tingsha", "gong"];

/// How beds and tones come and go when a direction does not say.
const BED_MOVE: Duration = Duration::from_secs(4);

/// From one stroke of a bell to the next when a direction does not say.
const BELL_EVERY: Duration = Duration::from_secs(6);

/// Level of bells and sounds, and of tones, relative to the speech when a direction does not say.
const BELL_LEVEL: Decibels = Decibels(-6.0);
const TONE_LEVEL: Decibels = Decibels(-24.0);

/// Turns steps into the cues of a plan. Its problems are added to `diagnostics`.
pub(super) fn cue(script: &Script, settings: &Settings, steps: Vec<Step>, diagnostics: &mut Vec<Diagnostic>) -> Plan {
    let front = &script.front;
    let mut profile = Profile::for_script(front);
    let written_pace = profile.pace;
    if let Some(pace) = settings.pace {
        profile.pace = pace;
    }
    let default_voice = settings.voice.clone().or_else(|| front.voice.as_ref().map(|voice| voice.value.clone()));
    let mut scribe = Scribe {
        pace: profile.pace,
        pace_factor: profile.pace / written_pace,
        no_bed: settings.no_bed,
        seed: settings.seed.or(front.seed).unwrap_or(DEFAULT_SEED),
        profile,
        voices: vec![default_voice],
        voice: 0,
        volume: Decibels::UNITY,
        pan: 0.0,
        beds: Vec::new(),
        declared: &front.beds,
        group: Vec::new(),
        gap: Gap::default(),
        cues: Vec::new(),
        utterances: Vec::new(),
        known: HashMap::new(),
        diagnostics,
    };
    scribe.beds_without_direction(&steps);
    for step in steps {
        scribe.step(step, front.speak_headings.unwrap_or(false));
    }
    scribe.flush();
    scribe.finish(script, settings)
}

/// What is known of the gap since something was last said.
#[derive(Debug, Default)]
struct Gap {
    /// Whether anything was said before.
    after_speech: bool,
    /// The longest implicit pause.
    implicit: Duration,
    /// Whether the script asks for a pause here.
    explicit: bool,
}

struct Scribe<'a> {
    profile: Profile,
    pace: f32,
    /// What a pace in the text is multiplied by, when another pace than the script's is asked for.
    pace_factor: f32,
    no_bed: bool,
    seed: u64,
    voices: Vec<Option<String>>,
    voice: usize,
    volume: Decibels,
    pan: f32,
    beds: Vec<BedDeclaration>,
    declared: &'a [BedDeclaration],
    /// Text that may still go on.
    group: Vec<Run>,
    gap: Gap,
    cues: Vec<Cue>,
    utterances: Vec<Utterance>,
    /// Utterances by what they say, voice, and pace in millionths.
    known: HashMap<(String, usize, u64), usize>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Scribe<'_> {
    fn push(&mut self, kind: CueKind, span: Span) {
        self.cues.push(Cue { kind, span });
    }

    fn length(&self, length: Length) -> Duration {
        match length {
            Length::Time(time) => time,
            Length::Breaths(breaths) => self.profile.breath.mul_f64(breaths.max(0.0)),
        }
    }

    /// A declared bed that no direction names plays from the start.
    fn beds_without_direction(&mut self, steps: &[Step]) {
        if self.no_bed {
            return;
        }
        let named: BTreeSet<&str> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Direction(Spanned { value: Direction::Bed { name, .. }, .. }) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        for declared in self.declared {
            if !named.contains(declared.name.value.as_str()) {
                let span = declared.name.span;
                let (bed, level) = self.bed(&declared.name.value, span);
                self.push(CueKind::Bed { bed, level, over: Duration::ZERO }, span);
            }
        }
    }

    /// The position of a bed among those that are used, and the level it was declared with. A name that was not declared is a
    /// recipe's.
    fn bed(&mut self, name: &str, span: Span) -> (usize, Decibels) {
        let found = self.beds.iter().position(|bed| bed.name.value == name).unwrap_or_else(|| {
            let declared = self.declared.iter().find(|bed| bed.name.value == name).cloned();
            let name = || Spanned { value: name.to_owned(), span };
            self.beds.push(declared.unwrap_or_else(|| BedDeclaration {
                name: name(),
                source: BedSource::Recipe(name()),
                level: None,
                looping: None,
                loop_points: None,
            }));
            self.beds.len() - 1
        });
        (found, self.beds[found].level.unwrap_or(self.profile.bed_level))
    }

    fn step(&mut self, step: Step, speak_headings: bool) {
        match step {
            Step::Text(runs) => {
                // The tree keeps no space between two runs that a direction parts.
                for mut run in runs {
                    if run.said.is_none() {
                        let spaced = self.group.last().is_none_or(|before| before.shown.ends_with(' '));
                        run.shown = one_space(&run.shown, spaced);
                    }
                    self.group.push(run);
                }
            }
            Step::ParagraphEnd => {
                self.flush();
                self.gap.implicit = self.gap.implicit.max(self.profile.paragraph);
            }
            Step::Heading { runs, span } => {
                self.flush();
                let title = runs.iter().map(|run| run.shown.as_str()).collect::<String>();
                let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
                self.push(CueKind::Chapter { title }, span);
                self.gap.implicit = self.gap.implicit.max(self.profile.heading);
                if speak_headings {
                    self.group = runs;
                    self.flush();
                    self.gap.implicit = self.profile.heading;
                }
            }
            Step::Count { runs, every, span } => {
                self.flush();
                self.slot(SlotKind::Count, self.length(every), &runs, span);
            }
            Step::Direction(Spanned { value, span }) => self.direction(value, span),
        }
    }

    fn direction(&mut self, direction: Direction, span: Span) {
        self.flush();
        match direction {
            Direction::Pause { length, elastic } => self.pause(self.length(length), elastic, false, span),
            Direction::Silence { length } => self.pause(self.length(length), false, true, span),
            Direction::Ellipsis(count) => self.pause(self.profile.ellipsis * count, true, false, span),
            Direction::Breath { breaths } => self.pause(self.profile.breath.mul_f64(breaths), true, false, span),
            Direction::Breathe { phases, cycles } => {
                for _ in 0..cycles {
                    for (phase, length) in &phases {
                        let words = match phase {
                            BreathPhase::In => "Breathe in.",
                            BreathPhase::Hold => "Hold.",
                            BreathPhase::Out => "Breathe out.",
                        };
                        let run = Run { shown: words.to_owned(), said: None, stretch: 1.0, span };
                        self.slot(SlotKind::Breath(*phase), self.length(*length), &[run], span);
                    }
                    if self.cues.len() > MAX_CUES {
                        break;
                    }
                }
            }
            Direction::Count { .. } => {}
            Direction::Voice(name) => {
                let wanted = name.or_else(|| self.voices[0].clone());
                self.voice = self.voices.iter().position(|voice| *voice == wanted).unwrap_or_else(|| {
                    self.voices.push(wanted);
                    self.voices.len() - 1
                });
            }
            Direction::Pace(pace) => self.pace = (pace * self.pace_factor).clamp(0.5, 1.5),
            Direction::Volume(volume) => self.volume = volume,
            Direction::Pan(pan) => self.pan = pan,
            Direction::Mark(name) => self.push(CueKind::Mark(name), span),
            Direction::At(time) => {
                self.gap.explicit = true;
                self.push(CueKind::At(time), span);
            }
            Direction::Bed { name, level, over } => {
                if !self.no_bed {
                    let over = over.map_or(BED_MOVE, |over| self.length(over));
                    let (bed, declared) = self.bed(&name, span);
                    self.push(CueKind::Bed { bed, level: level.unwrap_or(declared), over }, span);
                }
            }
            Direction::BedOff { name, over } => {
                let over = over.map_or(BED_MOVE, |over| self.length(over));
                self.beds_off(name.as_deref(), over, span);
            }
            Direction::Bell { name, times, every, level } => {
                let name = name.unwrap_or_else(|| BELLS[0].to_owned());
                let name = if is_sound_file(&name) { name } else { name.to_lowercase() };
                if !is_sound_file(&name) && !BELLS.contains(&name.as_str()) {
                    let diagnostic =
                        Diagnostic::error("unknown-bell", span, format!("there is no bell called \"{name}\""));
                    self.diagnostics.push(diagnostic.with_help(format!(
                        "bells are {}, or a sound file such as bells/temple.wav",
                        BELLS.join(", ")
                    )));
                }
                let every = every.map_or(BELL_EVERY, |every| self.length(every));
                let strokes = (0..times).map(|n| every * n).collect();
                self.push(CueKind::Bell { name, level: level.unwrap_or(BELL_LEVEL), strokes }, span);
            }
            Direction::Sound { file, level, wait } => {
                self.gap.explicit |= wait;
                self.push(
                    CueKind::Sound { length: Duration::ZERO, file, level: level.unwrap_or(BELL_LEVEL), wait },
                    span,
                );
            }
            Direction::Tone { kind, carrier, beat, glide, level, over } => {
                let glide = glide.map(|(to, over)| (to, self.length(over)));
                let over = over.map_or(BED_MOVE, |over| self.length(over));
                let level = level.unwrap_or(TONE_LEVEL);
                self.push(CueKind::Tone { kind, carrier, beat, glide, level, over }, span);
            }
            Direction::ToneOff { over } => {
                let over = over.map_or(BED_MOVE, |over| self.length(over));
                self.push(CueKind::ToneOff { over }, span);
            }
        }
    }

    fn beds_off(&mut self, name: Option<&str>, over: Duration, span: Span) {
        if self.no_bed {
            return;
        }
        let off: Vec<usize> =
            (0..self.beds.len()).filter(|&bed| name.is_none_or(|name| self.beds[bed].name.value == name)).collect();
        if off.is_empty()
            && let Some(name) = name
        {
            let on: Vec<&str> = self.beds.iter().map(|bed| bed.name.value.as_str()).collect();
            let on = if on.is_empty() {
                "no bed is on here".to_owned()
            } else {
                format!("beds that are on: {}", on.join(", "))
            };
            let diagnostic = Diagnostic::error("unknown-bed", span, format!("the bed \"{name}\" is not on"));
            self.diagnostics.push(diagnostic.with_help(on));
        }
        for bed in off {
            self.push(CueKind::BedOff { bed, over }, span);
        }
    }

    fn pause(&mut self, length: Duration, elastic: bool, silence: bool, span: Span) {
        self.gap.explicit = true;
        if !length.is_zero() {
            self.push(CueKind::Pause { length, elastic, silence }, span);
        }
    }

    /// Makes the pause before something that is said.
    fn close_gap(&mut self, span: Span) {
        let gap = std::mem::take(&mut self.gap);
        if gap.after_speech && !gap.explicit && !gap.implicit.is_zero() {
            self.push(CueKind::Pause { length: gap.implicit, elastic: true, silence: false }, span);
        }
        self.gap.after_speech = true;
    }

    /// Speaks the text that has been gathered.
    fn flush(&mut self) {
        let group = std::mem::take(&mut self.group);
        if group.is_empty() {
            return;
        }
        let segments = sentences::segments(&group);
        let last = segments.len().saturating_sub(1);
        for (i, segment) in segments.into_iter().enumerate() {
            let (span, ends_sentence) = (segment.span, segment.ends_sentence);
            self.close_gap(span);
            let line = self.line(segment);
            self.push(CueKind::Speak(line), span);
            self.gap.implicit = match (ends_sentence, i == last) {
                (true, _) => self.profile.sentence,
                (false, true) => Duration::ZERO,
                (false, false) => CLAUSE,
            };
        }
    }

    fn slot(&mut self, kind: SlotKind, length: Duration, runs: &[Run], span: Span) {
        self.close_gap(span);
        let segments = sentences::segments(runs);
        let line = segments
            .into_iter()
            .reduce(|mut all, more| {
                all.shown = format!("{} {}", all.shown, more.shown);
                all.pieces.push(Piece { said: Said::Words(" ".to_owned()), stretch: 1.0 });
                all.pieces.extend(more.pieces);
                all
            })
            .map(|segment| self.line(segment));
        self.push(CueKind::Slot { kind, length, line }, span);
        // A slot contains its own silence.
        self.gap.implicit = Duration::ZERO;
    }

    fn line(&mut self, segment: Segment) -> Line {
        let key = (format!("{:?}", segment.pieces), self.voice, (f64::from(self.pace) * 1e6).round() as u64);
        let utterance = *self.known.entry(key).or_insert_with(|| {
            self.utterances.push(Utterance {
                voice: self.voice,
                pieces: segment.pieces,
                pace: self.pace,
                seed: self.seed,
            });
            self.utterances.len() - 1
        });
        Line { utterance, shown: segment.shown, volume: self.volume, pan: self.pan }
    }

    fn finish(self, script: &Script, settings: &Settings) -> Plan {
        let front = &script.front;
        let said = |cue: &Cue| matches!(cue.kind, CueKind::Speak(_) | CueKind::Slot { .. });
        let bed = |cue: &Cue| matches!(cue.kind, CueKind::Bed { .. });
        let first_said = self.cues.iter().position(said).unwrap_or(self.cues.len());
        let bed_first = self.cues[..first_said].iter().any(bed);
        let mut on = BTreeSet::new();
        for cue in &self.cues {
            match cue.kind {
                CueKind::Bed { bed, .. } => drop(on.insert(bed)),
                CueKind::BedOff { bed, .. } => drop(on.remove(&bed)),
                _ => {}
            }
        }
        let title = front.title.clone().unwrap_or_else(|| {
            let stem = script.sources.first().and_then(|source| source.path.file_stem());
            stem.map_or_else(|| "Untitled".to_owned(), |stem| stem.to_string_lossy().into_owned())
        });
        let wanted = settings.duration.map(|d| (d, Span::default()));
        let plan = Plan {
            title,
            author: front.author.clone(),
            category: front.category.unwrap_or_default(),
            tags: front.tags.clone(),
            language: front.language.as_ref().map(|language| language.value.clone()),
            voices: self.voices,
            lexicon: front.lexicon.clone(),
            utterances: self.utterances,
            cues: self.cues,
            beds: self.beds,
            lead_in: if bed_first { self.profile.fade_in } else { Duration::ZERO },
            lead_out: if on.is_empty() { Duration::ZERO } else { self.profile.fade_out },
            profile: self.profile,
            duration: wanted.or(front.duration.as_ref().map(|d| (d.value, d.span))),
            max_duration: settings.max_duration,
            seed: self.seed,
        };
        check_limits(&plan, self.diagnostics);
        plan
    }
}

/// A text with one space where there are several, and none at its start when one stands before it.
fn one_space(text: &str, mut spaced: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let space = c.is_whitespace();
        if !space {
            out.push(c);
        } else if !spaced {
            out.push(' ');
        }
        spaced = space;
    }
    out
}

fn check_limits(plan: &Plan, diagnostics: &mut Vec<Diagnostic>) {
    // Of a session that was cut off, its length would say nothing.
    if diagnostics.iter().any(|diagnostic| diagnostic.code == personal::TOO_MANY) {
        return;
    }
    if let Some(cue) = plan.cues.get(MAX_CUES) {
        return diagnostics.push(personal::too_many(cue.span));
    }
    if plan.beds.len() > 32 {
        let message = format!("the session has {} beds", plan.beds.len());
        diagnostics.push(
            Diagnostic::error("too-many-beds", plan.beds[32].name.span, message)
                .with_help("a session has at most 32 beds"),
        );
    }
    let mut total = plan.lead_in + plan.lead_out;
    for cue in &plan.cues {
        let before = total;
        total += match &cue.kind {
            CueKind::Speak(line) => plan.estimate(line.utterance),
            CueKind::Pause { length, .. } | CueKind::Slot { length, .. } => *length,
            CueKind::At(time) => time.saturating_sub(total),
            _ => Duration::ZERO,
        };
        if before <= plan.max_duration && total > plan.max_duration {
            diagnostics.push(super::fit::too_long(plan, cue.span));
        }
    }
    let said = plan.cues.iter().any(|cue| {
        !matches!(cue.kind, CueKind::Chapter { .. } | CueKind::Mark(_) | CueKind::BedOff { .. } | CueKind::Bed { .. })
    });
    if !said && diagnostics.is_empty() {
        diagnostics.push(
            Diagnostic::error("nothing-to-render", Span::default(), "the session says nothing and waits for nothing")
                .with_help("write a sentence, or a pause such as [pause 5s]"),
        );
    }
}
