use super::*;
use crate::{
    audio::{SampleRate, Take},
    bed::Source,
    plan::{Settings, fit, plan},
    script::parse,
    speech::{Voice, tone::ToneVoice},
};
use proptest::prelude::*;
use std::{path::Path, sync::LazyLock, time::Duration};

const RATE: SampleRate = SampleRate::HZ_48000;

const SCRIPT: &str = "---
beds: { rain: { recipe: night-rain }, drone: { recipe: ocean, level: -30dB } }
mix: { fade_in: 2s, fade_out: 3s, room: -60dB }
---
[bed rain over 3s]
[bell]
[tone binaural 200Hz 10Hz to 4Hz over 5s -30dB over 1s]
Let go. [pause 1s] [pan -0.4] And rest here. [pause 4s]
[bed drone over 4s]
[bell tingsha x3 every 2s]
[volume -4dB] Rest. [silence 6s]
[tone off over 2s]
[bed off over 3s]
Come back.
";

struct Session {
    score: Score,
    takes: Takes,
    beds: Vec<Bed>,
    sounds: Sounds,
    room: Bed,
    levels: Levels,
}

impl Session {
    fn new() -> Self {
        let parsed = parse(Path::new("s.md"), SCRIPT);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let plan = plan(&parsed.script, &Settings::default()).unwrap();
        let takes = Takes::in_folder(&std::env::temp_dir(), plan.utterances.len()).unwrap();
        let voice = ToneVoice::new(RATE);
        for (i, utterance) in plan.utterances.iter().enumerate() {
            let clip = voice.speak(&voice.prompt(utterance).unwrap()).unwrap();
            takes.put(i, &Take::conform(clip, RATE).unwrap()).unwrap();
        }
        let beds = ["night-rain", "ocean"].map(|name| Bed::open(Source::Recipe { name, dirs: &[] }, RATE, 1).unwrap());
        let ducking = Ducking {
            depth: Decibels(6.0),
            lift: Decibels(2.0),
            attack: Duration::from_millis(250),
            release: Duration::from_millis(1500),
        };
        let levels = Levels { speech: vec![0.7; plan.utterances.len()], loudness: -18.0, ducking };
        let timeline = Timeline::lay(&fit(plan, &takes.lengths(), RATE).unwrap());
        let (sounds, room) = (Sounds::default(), Bed::room(RATE, 1));
        let material = Material { takes: &takes, beds: &beds, sounds: &sounds, room: Some((&room, Decibels(-60.0))) };
        let score = Score::new(timeline, material, &levels);
        Self { score, takes, beds: beds.into(), sounds, room, levels }
    }

    fn mix(&self) -> Mix<'_> {
        let room = Some((&self.room, Decibels(-60.0)));
        let material = Material { takes: &self.takes, beds: &self.beds, sounds: &self.sounds, room };
        Mix::new(&self.score, material, &self.levels)
    }
}

static SESSION: LazyLock<Session> = LazyLock::new(Session::new);

static MIX: LazyLock<Mix<'static>> = LazyLock::new(|| SESSION.mix());

static WHOLE: LazyLock<Vec<Stereo>> = LazyLock::new(|| {
    let mut whole = vec![Stereo::mono(9.0); MIX.length().0 as usize + 1000];
    MIX.read(Frames(0), &mut whole);
    whole
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn a_block_read_alone_equals_that_block_of_the_whole(at in 0usize..1_500_000, length in 1usize..5_000) {
        let at = at % WHOLE.len();
        let length = length.min(WHOLE.len() - at);
        let mut alone = vec![Stereo::mono(9.0); length];
        MIX.read(Frames(at as u64), &mut alone);
        prop_assert_eq!(&alone[..], &WHOLE[at..at + length]);
    }
}

#[test]
fn what_lies_past_the_end_is_silent() {
    let end = SESSION.score.timeline().length.0 as usize;
    assert_ne!(WHOLE[end - 1], Stereo::ZERO);
    assert!(WHOLE[end..].iter().all(|frame| *frame == Stereo::ZERO));
}

#[test]
fn stems_add_up_to_the_whole_and_each_is_heard() {
    let mut sum = vec![Stereo::ZERO; WHOLE.len()];
    for stem in Stem::ALL {
        let mut alone = vec![Stereo::ZERO; WHOLE.len()];
        MIX.read_stems(&[stem], Frames(0), &mut alone);
        assert!(alone.iter().any(|frame| frame.left.abs() > 0.002), "{} is silent", stem.name());
        sum.iter_mut().zip(alone).for_each(|(sum, frame)| *sum += frame);
    }
    let apart = sum.iter().zip(&*WHOLE).map(|(a, b)| (a.left - b.left).abs().max((a.right - b.right).abs()));
    assert!(apart.fold(0.0, f32::max) < 1e-6);
}

#[test]
fn what_is_heard_at_unity_is_what_is_rendered_bit_for_bit() {
    let mut heard = vec![Stereo::ZERO; MIX.length().0 as usize];
    let mut at = 0;
    for block in heard.chunks_mut(700) {
        MIX.hear(Frames(at), block, Volumes::UNITY, Volumes::UNITY);
        at += block.len() as u64;
    }
    let first = heard.iter().zip(&*WHOLE).position(|(heard, whole)| heard != whole);
    assert_eq!(first, None, "of {} frames", heard.len());
}
