//! Speech has been made and its length is known: elastic pauses take up what is left of a wanted length.

use super::{CueKind, Plan};
use crate::{
    audio::{Frames, SampleRate},
    script::{
        Span,
        diagnostic::{self, Diagnostic},
    },
};
use std::{collections::BTreeMap, time::Duration};

/// A plan whose every length is known and possible. Nothing in it can fail any more.
#[derive(Debug, Clone)]
pub struct Fitted {
    plan: Plan,
    voiced: Vec<Voiced>,
    rate: SampleRate,
    /// What elastic pauses were multiplied by.
    stretch: f64,
    /// From the last cue to the end.
    lead_out: Duration,
}

/// What is known of what a cue says. A cue that says nothing has the default, which is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Voiced {
    /// How long it takes; a guess while it is being made.
    pub length: Frames,
    /// How much of it has been made, from its beginning on.
    pub ready: Frames,
    /// How long it waits at its beginning because it was not made in time.
    pub late: Frames,
}

impl Fitted {
    /// The plan, its elastic pauses fitted.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is known of what a cue says.
    #[must_use]
    pub fn voiced(&self, cue: usize) -> Voiced {
        self.voiced[cue]
    }

    /// Lets a cue wait, since what it says is not there yet.
    pub fn wait(&mut self, cue: usize, longer: Frames) {
        self.voiced[cue].late.0 += longer.0;
    }

    /// Lets nothing wait any more.
    pub fn wait_no_more(&mut self) {
        self.voiced.iter_mut().for_each(|voiced| voiced.late = Frames(0));
    }

    /// The session's rate.
    #[must_use]
    pub fn rate(&self) -> SampleRate {
        self.rate
    }

    /// From the last cue to the end: until beds have gone, bells have rung and sounds have ended.
    #[must_use]
    pub fn lead_out(&self) -> Duration {
        self.lead_out
    }

    /// What elastic pauses were multiplied by.
    #[must_use]
    pub fn stretch(&self) -> f64 {
        self.stretch
    }
}

/// The least and the most that an elastic pause is multiplied by.
const STRETCH: (u32, u32) = (4, 4);

/// Fits a plan to lengths of speech in frames, one an utterance.
///
/// Only pauses after the last `[at]` can change where the session ends, so only they are stretched when there is one.
///
/// # Errors
///
/// Speech that is longer than its slot, an `[at]` that has passed, a wanted length that cannot be reached, and a session that is
/// longer than allowed.
pub fn fit(plan: Plan, speech: &[Frames], rate: SampleRate) -> Result<Fitted, Vec<Diagnostic>> {
    let voiced = plan.cues.iter().map(|cue| {
        let length = cue.kind.line().map_or(Frames(0), |line| speech[line.utterance]);
        Voiced { length, ready: length, late: Frames(0) }
    });
    let voiced = voiced.collect();
    let (fitted, problems) = fit_as_known(plan, voiced, rate, 0);
    if problems.is_empty() { Ok(fitted) } else { Err(problems) }
}

/// Fits a plan of which some speech is still being made, as well as can be: a slot gives way to its speech, a wanted length that
/// cannot be reached is come near to. `voiced` has an entry for each cue; pauses before the cue `settled` have been heard, and stay as
/// they are.
///
/// The result also tells what a render would refuse.
#[must_use]
pub fn fit_as_known(
    mut plan: Plan,
    voiced: Vec<Voiced>,
    rate: SampleRate,
    settled: usize,
) -> (Fitted, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    // Of the lines of one direction the one that lacks most: a count of a hundred is one mistake.
    let mut short: BTreeMap<Span, (Duration, String, Duration, Duration)> = BTreeMap::new();
    for (cue, voiced) in plan.cues.iter_mut().zip(&voiced) {
        let says = rate.duration(voiced.length);
        if let CueKind::Slot { length, line: Some(line), .. } = &mut cue.kind
            && says > *length
        {
            let lacks = says.saturating_sub(*length);
            if short.get(&cue.span).is_none_or(|(most, ..)| lacks > *most) {
                short.insert(cue.span, (lacks, line.shown.clone(), says, *length));
            }
            *length = says;
        }
    }
    for (span, (_, shown, says, length)) in short {
        let message = format!("\"{shown}\" takes {} to say and has {}", seconds(says), seconds(length));
        let diagnostic = Diagnostic::error("slot-too-short", span, message);
        problems.push(diagnostic.with_help("give it more time, say less, or raise the pace"));
    }

    let last_at = plan.cues.iter().rposition(|cue| matches!(cue.kind, CueKind::At(_)));
    let first_elastic = last_at.map_or(0, |at| at + 1).max(settled);
    let mut stretch = 1.0;
    let mut lead_out = plan.lead_out.max(trailing(&plan));
    if let Some((wanted, span)) = plan.duration {
        let (fixed, elastic) = lengths(&plan, first_elastic, &voiced, rate);
        let fixed = fixed + lead_out;
        let room = i128::from(wanted.as_nanos() as u64) - i128::from(fixed.as_nanos() as u64);
        let elastic_nanos = elastic.as_nanos();
        let least = elastic_nanos / u128::from(STRETCH.0);
        let most = elastic_nanos * u128::from(STRETCH.1);
        if room < 0 || (room as u128) < least || room as u128 > most {
            let (low, high) = (fixed + elastic / STRETCH.0, fixed + elastic * STRETCH.1);
            problems.push(
                Diagnostic::error("duration-out-of-reach", span, format!("this session cannot last {}", clock(wanted)))
                    .with_help(if elastic.is_zero() {
                        format!("it lasts {} and has no elastic pauses, such as [pause 10s~]", tenths(low))
                    } else {
                        let by_itself = tenths(fixed + elastic);
                        let (low, high) = (tenths(low + Duration::from_millis(99)), tenths(high));
                        format!("it lasts {by_itself} by itself, and its elastic pauses reach from {low} to {high}")
                    }),
            );
        }
        let room = (room.max(0) as u128).clamp(least, most);
        if elastic_nanos > 0 {
            stretch = room as f64 / elastic_nanos as f64;
            // Each pause ends where its share of the whole ends, so that the sum is exact.
            let (mut before, mut placed) = (0u128, 0u128);
            for cue in &mut plan.cues[first_elastic..] {
                if let CueKind::Pause { length, elastic: true, .. } = &mut cue.kind {
                    before += length.as_nanos();
                    let end = before * room / elastic_nanos;
                    *length = Duration::from_nanos((end - placed) as u64);
                    placed = end;
                }
            }
        }
    }

    let mut now = plan.lead_in;
    let mut heard_until = Duration::ZERO;
    for (cue, voiced) in plan.cues.iter().zip(&voiced) {
        now += rate.duration(voiced.late);
        let before = now;
        heard_until = heard_until.max(now + cue.kind.lingers());
        match &cue.kind {
            CueKind::At(time) if *time < now => {
                let message = format!("it is already {} here", tenths(now));
                problems.push(
                    Diagnostic::error("at-has-passed", cue.span, message)
                        .with_help("ask for a later time, or shorten what comes before"),
                );
            }
            CueKind::At(time) => now = *time,
            CueKind::Speak(_) => now += rate.duration(voiced.length),
            CueKind::Pause { length, .. }
            | CueKind::Slot { length, .. }
            | CueKind::Sound { length, wait: true, .. } => now += *length,
            _ => {}
        }
        if before <= plan.max_duration && now > plan.max_duration {
            problems.push(too_long(&plan, cue.span));
        }
    }
    diagnostic::settle(&mut problems);
    // A wanted length is kept; what lingers from further before its end is faded out there.
    if plan.duration.is_none() {
        lead_out = lead_out.max(heard_until.saturating_sub(now));
    }
    (Fitted { plan, voiced, rate, stretch, lead_out }, problems)
}

/// How much of a session up to its last cue is fixed and how much elastic, `[at]` counted as the time that it waits for.
fn lengths(plan: &Plan, first_elastic: usize, voiced: &[Voiced], rate: SampleRate) -> (Duration, Duration) {
    let (mut fixed, mut stretchable) = (plan.lead_in, Duration::ZERO);
    for (i, (cue, voiced)) in plan.cues.iter().zip(voiced).enumerate() {
        fixed += rate.duration(voiced.late);
        match &cue.kind {
            CueKind::Speak(_) => fixed += rate.duration(voiced.length),
            CueKind::Pause { length, elastic: true, .. } if i >= first_elastic => stretchable += *length,
            CueKind::Pause { length, .. }
            | CueKind::Slot { length, .. }
            | CueKind::Sound { length, wait: true, .. } => fixed += *length,
            CueKind::At(time) => fixed = *time,
            _ => {}
        }
    }
    (fixed, stretchable)
}

/// How long the session goes on for what is heard after everything that takes time.
fn trailing(plan: &Plan) -> Duration {
    let takes_time = |kind: &CueKind| {
        matches!(
            kind,
            CueKind::Speak(_)
                | CueKind::Pause { .. }
                | CueKind::Slot { .. }
                | CueKind::At(_)
                | CueKind::Sound { wait: true, .. }
        )
    };
    let last = plan.cues.iter().rev().take_while(|cue| !takes_time(&cue.kind));
    last.map(|cue| cue.kind.lingers()).max().unwrap_or_default()
}

/// The session passes the longest that is allowed.
pub(super) fn too_long(plan: &Plan, span: Span) -> Diagnostic {
    Diagnostic::error("too-long", span, format!("the session passes {} here", clock(plan.max_duration)))
        .with_help("shorten it, or allow more with --max-duration")
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A time as minutes and seconds, or hours, minutes and seconds.
fn clock(time: Duration) -> String {
    let s = time.as_secs();
    if s >= 3600 {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{}:{:02}", s / 60, s % 60)
    }
}

/// The same with tenths of a second, rounded down.
fn tenths(time: Duration) -> String {
    format!("{}.{}", clock(time), time.subsec_millis() / 100)
}
