//! `undertone plan`.

use super::{ScriptArgs, Talk, VoiceArgs, ask, clock, studio};
use clap::Args;
use serde_json::{Value, json};
use std::{fmt::Write as _, path::PathBuf, process::ExitCode, time::Duration};
use undertone::{
    audio::{Frames, SampleRate},
    error::Error,
    plan::{Cue, CueKind, Fitted, Plan, SlotKind, fit},
    script::{BreathPhase, Source, ToneKind},
    timeline::Timeline,
};

#[derive(Debug, Args)]
pub(super) struct PlanTable {
    /// The script
    script: PathBuf,
    #[command(flatten)]
    voice: VoiceArgs,
    #[command(flatten)]
    asked: ScriptArgs,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Lays a plan out with estimates of its speech.
pub(super) fn estimate(plan: &Plan, sources: &[Source], rate: SampleRate) -> Result<Timeline, Error> {
    fitted(plan, sources, rate).map(|fitted| Timeline::lay(&fitted))
}

/// What is possible when speech is a little shorter or longer than its estimate is not refused before it is spoken.
fn fitted(plan: &Plan, sources: &[Source], rate: SampleRate) -> Result<Fitted, Error> {
    fitted_to(plan, sources, rate, 1.0).or_else(|error| {
        let others = [0.85, 1.15].map(|factor| fitted_to(plan, sources, rate, factor));
        others.into_iter().find_map(Result::ok).ok_or(error)
    })
}

fn fitted_to(plan: &Plan, sources: &[Source], rate: SampleRate, factor: f64) -> Result<Fitted, Error> {
    let estimate = |i| rate.frames(plan.estimate(i).mul_f64(factor));
    let mut speech: Vec<Frames> = (0..plan.utterances.len()).map(estimate).collect();
    // Only the voice can tell that speech is too long for its slot.
    for cue in &plan.cues {
        if let CueKind::Slot { length, line: Some(line), .. } = &cue.kind {
            let speech = &mut speech[line.utterance];
            *speech = (*speech).min(Frames(length.as_nanos() as u64 * u64::from(rate.hertz()) / 1_000_000_000));
        }
    }
    fit(plan.clone(), &speech, rate).map_err(|diagnostics| Error::Script { diagnostics, sources: sources.to_vec() })
}

/// A row of the table.
struct Row {
    start: Duration,
    length: Duration,
    chapter: String,
    kind: &'static str,
    what: String,
    estimated: bool,
}

impl PlanTable {
    pub(super) fn run(self, talk: &Talk) -> Result<ExitCode, Error> {
        let studio = studio(&self.voice, &self.asked.allow_dirs, talk, false);
        let prepared = ask::prepare(&studio, &self.script, &self.asked, &self.voice)?;
        let fitted = fitted(&prepared.plan, &prepared.sources, studio.rate)?;
        let timeline = Timeline::lay(&fitted);
        let plan = fitted.plan();
        let rows = rows(plan, &timeline);
        let length = studio.rate.duration(timeline.length);
        let speech = studio.rate.duration(timeline.spoken());
        let words_a_minute = plan.words() as f64 / (length.as_secs_f64() / 60.0).max(1e-9);
        if self.json {
            let value = json!({
                "title": plan.title,
                "cues": rows.iter().map(Row::json).collect::<Vec<_>>(),
                "length_s": length.as_secs_f64(),
                "speech_s": speech.as_secs_f64(),
                "silence_s": length.saturating_sub(speech).as_secs_f64(),
                "words": plan.words(),
                "words_a_minute": words_a_minute,
                "utterances": plan.utterances.len(),
            });
            Talk::result(&format!("{value:#}"))?;
        } else {
            let mut table = String::new();
            for row in &rows {
                let _ = writeln!(
                    table,
                    "{:>9}  {:>8}  {:20.20}  {}",
                    tenths(row.start),
                    if row.length.is_zero() { String::new() } else { tenths(row.length) },
                    row.chapter,
                    row.what
                );
            }
            let _ = write!(
                table,
                "about {}: {} of speech, {} of silence, {words_a_minute:.0} words a minute",
                clock(length),
                clock(speech),
                clock(length.saturating_sub(speech)),
            );
            Talk::result(&table)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Row {
    fn json(&self) -> Value {
        json!({
            "kind": self.kind,
            "text": self.what,
            "chapter": self.chapter,
            "start_s": self.start.as_secs_f64(),
            "length_s": self.length.as_secs_f64(),
            "certainty": if self.estimated { "estimated" } else { "final" },
        })
    }
}

fn rows(plan: &Plan, timeline: &Timeline) -> Vec<Row> {
    let mut chapter = String::new();
    let mut rows = Vec::new();
    for (cue, (start, length)) in plan.cues.iter().zip(&timeline.cues) {
        if let CueKind::Chapter { title } = &cue.kind {
            chapter.clone_from(title);
        }
        let (kind, what) = describe(cue, plan);
        rows.push(Row {
            start: timeline.rate.duration(*start),
            length: timeline.rate.duration(*length),
            chapter: chapter.clone(),
            kind,
            what,
            estimated: matches!(cue.kind, CueKind::Speak(_)),
        });
    }
    rows
}

fn describe(cue: &Cue, plan: &Plan) -> (&'static str, String) {
    let bed = |bed: usize| plan.beds[bed].name.value.as_str();
    match &cue.kind {
        CueKind::Chapter { title } => ("chapter", format!("# {title}")),
        CueKind::Speak(line) => ("speech", line.shown.clone()),
        CueKind::Pause { silence: true, .. } => ("silence", "(silence)".to_owned()),
        CueKind::Pause { elastic: true, .. } => ("pause", "(pause, elastic)".to_owned()),
        CueKind::Pause { .. } => ("pause", "(pause)".to_owned()),
        CueKind::Slot { kind, line, .. } => {
            let said = line.as_ref().map_or("", |line| line.shown.as_str());
            match kind {
                SlotKind::Breath(phase) => {
                    let phase = match phase {
                        BreathPhase::In => "breath in",
                        BreathPhase::Hold => "breath held",
                        BreathPhase::Out => "breath out",
                    };
                    ("breath", format!("({phase}) {said}"))
                }
                SlotKind::Count => ("count", format!("(count) {said}")),
            }
        }
        CueKind::At(time) => ("at", format!("(until {})", clock(*time))),
        CueKind::Mark(name) => ("mark", format!("(mark {name})")),
        CueKind::Bed { bed: b, level, over } => ("bed", format!("(bed {} to {level} over {})", bed(*b), tenths(*over))),
        CueKind::BedOff { bed: b, over } => ("bed", format!("(bed {} off over {})", bed(*b), tenths(*over))),
        CueKind::Bell { name, level, strokes } => {
            let times = if strokes.len() == 1 { String::new() } else { format!(", {} strokes", strokes.len()) };
            ("bell", format!("(bell {name} at {level}{times})"))
        }
        CueKind::Sound { file, level, wait, .. } => {
            ("sound", format!("(sound {file} at {level}{})", if *wait { ", waited for" } else { "" }))
        }
        CueKind::Tone { kind, carrier, beat, glide, level, .. } => {
            let kind = match kind {
                ToneKind::Binaural => "binaural",
                ToneKind::Isochronic => "isochronic",
            };
            let glide = glide.map_or_else(String::new, |(to, over)| format!(" to {to} Hz over {}", tenths(over)));
            ("tone", format!("(tone {kind} {carrier} Hz, beat {beat} Hz{glide}, at {level})"))
        }
        CueKind::ToneOff { .. } => ("tone", "(tone off)".to_owned()),
    }
}

/// Minutes, seconds and tenths.
fn tenths(time: Duration) -> String {
    let tenths = (time.as_secs_f64() * 10.0).round() as u64;
    format!("{}:{:02}.{}", tenths / 600, tenths / 10 % 60, tenths % 10)
}
