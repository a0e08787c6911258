//! Plans in words, and mistakes as a person sees them.

use super::{Desk, stderr};
use std::{fmt::Write as _, path::Path};
use undertone::{
    audio::Decibels,
    plan::{CueKind, Line, Plan, Settings, SlotKind, plan},
    script::parse,
};

/// The plan of a script that has no mistakes.
pub fn planned(text: &str, settings: &Settings) -> Plan {
    let parsed = parse(Path::new("a.md"), text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    plan(&parsed.script, settings).unwrap_or_else(|told| panic!("{text}: {told:?}"))
}

/// The cues of a script's plan, one line each, with exact lengths.
pub fn cues(text: &str) -> Vec<String> {
    in_words(&planned(text, &Settings::default()))
}

/// The cues of a plan, one line each.
pub fn in_words(plan: &Plan) -> Vec<String> {
    let line = |line: &Line| {
        let utterance = &plan.utterances[line.utterance];
        let mut out = format!("{:?}", line.shown);
        if let Some(voice) = &plan.voices[utterance.voice] {
            let _ = write!(out, " by {voice}");
        }
        if utterance.pace != plan.profile.pace {
            let _ = write!(out, " at {}", utterance.pace);
        }
        if line.volume != Decibels::UNITY {
            let _ = write!(out, " {} dB", line.volume.0);
        }
        if line.pan != 0.0 {
            let _ = write!(out, " pan {}", line.pan);
        }
        out
    };
    let cues = plan.cues.iter().map(|cue| match &cue.kind {
        CueKind::Speak(said) => line(said),
        CueKind::Pause { length, elastic, silence } => {
            let kind = if *silence { "silence" } else { "pause" };
            format!("{kind} {length:?}{}", if *elastic { " elastic" } else { "" })
        }
        CueKind::Slot { kind, length, line: said } => {
            let kind = match kind {
                SlotKind::Breath(phase) => format!("{phase:?}").to_lowercase(),
                SlotKind::Count => "count".to_owned(),
            };
            format!("{kind} {length:?} {}", said.as_ref().map_or_else(String::new, line))
        }
        CueKind::At(time) => format!("at {time:?}"),
        CueKind::Chapter { title } => format!("# {title}"),
        CueKind::Mark(name) => format!("mark {name}"),
        CueKind::Bed { bed, level, over } => {
            format!("bed {} {} dB over {over:?}", plan.beds[*bed].name.value, level.0)
        }
        CueKind::BedOff { bed, over } => format!("bed {} off over {over:?}", plan.beds[*bed].name.value),
        CueKind::Bell { name, level, strokes } => format!("bell {name} {} dB at {strokes:?}", level.0),
        CueKind::Sound { file, level, wait, .. } => {
            format!("sound {file} {} dB{}", level.0, if *wait { " wait" } else { "" })
        }
        CueKind::Tone { kind, carrier, beat, glide, level, over } => {
            format!("{kind:?} {carrier} Hz {beat} Hz to {glide:?} {} dB over {over:?}", level.0)
        }
        CueKind::ToneOff { over } => format!("tone off over {over:?}"),
    });
    cues.collect()
}

/// All that is told of a script, called a.md, that is not rendered.
pub fn told(text: &str) -> String {
    told_with(text, &[])
}

/// The same with arguments.
pub fn told_with(text: &str, args: &[&str]) -> String {
    let desk = Desk::new();
    desk.write("a.md", text);
    let output = desk.run(&[&["render", "a.md", "-o", "out.wav"], args].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(desk.names(), ["a.md"], "nothing was written");
    stderr(&output)
}
