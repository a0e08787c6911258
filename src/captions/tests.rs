use std::path::Path;

use super::*;
use crate::{
    audio::{Frames, SampleRate},
    plan::{Settings, fit, plan},
    script::parse,
};

/// A session at 8 kHz in which every letter takes 100 ms.
fn session(text: &str) -> (Plan, Timeline) {
    let plan = plan(&parse(Path::new("calm.md"), text).script, &Settings::default()).unwrap();
    let letters = |i: usize| {
        plan.cues.iter().find_map(|cue| match &cue.kind {
            CueKind::Speak(line) if line.utterance == i => Some(line.shown.chars().count() as u64),
            _ => None,
        })
    };
    let lengths: Vec<_> = (0..plan.utterances.len()).map(|i| Frames(letters(i).unwrap_or(10) * 800)).collect();
    let fitted = fit(plan, &lengths, SampleRate::new(8000).unwrap()).unwrap();
    let timeline = Timeline::lay(&fitted);
    (fitted.plan().clone(), timeline)
}

const TEXT: &str = "---\ntitle: Rain & rest\nauthor: Ada\n---\n# Arriving\nBreathe in <slowly>. [pause 4s]\n\
                    Notice where something solid is holding you from below, the floor under your feet or the chair behind you.\n";

#[test]
fn subrip_has_numbers_times_and_the_words_as_written() {
    let (plan, timeline) = session(TEXT);
    assert_eq!(
        Format::Srt.write(&plan, &timeline),
        "1\n00:00:00,000 --> 00:00:02,000\nBreathe in <slowly>.\n\n\
         2\n00:00:06,000 --> 00:00:11,557\nNotice where something solid\nis holding you from below,\n\n\
         3\n00:00:11,557 --> 00:00:16,600\nthe floor under your feet\nor the chair behind you.\n\n"
    );
}

#[test]
fn webvtt_says_what_it_is_and_escapes_what_looks_like_markup() {
    let (plan, timeline) = session(TEXT);
    let text = Format::Vtt.write(&plan, &timeline);
    assert!(text.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nBreathe in &lt;slowly&gt;.\n\n"), "{text}");
}

#[test]
fn lyrics_go_away_in_long_gaps() {
    let (plan, timeline) = session(TEXT);
    assert_eq!(
        Format::Lrc.write(&plan, &timeline),
        "[ti:Rain & rest]\n[ar:Ada]\n[length:00:16]\n[00:00.00]Breathe in <slowly>.\n[00:02.00]\n\
         [00:06.00]Notice where something solid is holding you from below,\n\
         [00:11.55]the floor under your feet or the chair behind you.\n[00:16.60]\n"
    );
}

#[test]
fn a_transcript_has_chapters_and_every_sentence() {
    let (plan, timeline) = session(TEXT);
    let text = Format::Txt.write(&plan, &timeline);
    assert!(text.starts_with("Transcript: Rain & rest\n\n# Arriving\n\nBreathe in <slowly>.\nNotice where"), "{text}");
}

#[test]
fn a_file_of_each_kind_is_known_again_and_no_other_is() {
    let (plan, timeline) = session(TEXT);
    for format in Format::ALL {
        for other in Format::ALL {
            assert_eq!(other.is_in(&format.write(&plan, &timeline)), other == format, "{format:?} {other:?}");
        }
        assert!(!format.is_in("Notes of mine:\n- call Ada\n"));
        assert!(!format.is_in(""));
    }
}

#[test]
fn captions_never_overlap_and_lie_where_something_is_said() {
    let (plan, timeline) = session(&format!("{TEXT}[count 5 to 1 every 2s]\n[breathe in 4, out 6, x2]\n"));
    let captions = captions(&plan, &timeline);
    assert!(captions.len() > 10);
    assert!(captions.iter().all(|caption| caption.start < caption.end));
    assert!(captions.windows(2).all(|pair| pair[0].end <= pair[1].start));
    assert_eq!(captions[3].lines, ["5."]);
    assert!(captions.iter().any(|caption| caption.lines == ["Breathe out."]));
}

#[test]
fn kinds_are_known_by_their_names() {
    assert_eq!("VTT".parse(), Ok(Format::Vtt));
    assert_eq!(
        "ass".parse::<Format>().unwrap_err().to_string(),
        "there are no captions 'ass'; there are srt, vtt, lrc and txt"
    );
}
