//! The estimate of a plan against the real voice.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::cues::planned;
use std::path::Path;
use undertone::{
    audio::SampleRate,
    plan::Settings,
    script::Access,
    session::{Engine, Studio},
    speech::phonemes,
};

#[test]
fn the_real_voice_speaks_as_long_as_estimated_within_fifteen_percent_at_any_pace() {
    let studio = Studio {
        voices: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("voices")],
        ambience: Vec::new(),
        access: Access::default(),
        engine: Engine::Rten,
        rate: SampleRate::HZ_48000,
        threads: 0,
        cache: None,
        stems: None,
    };
    phonemes::initialise().unwrap();
    let voice = studio.voice(None).unwrap();
    let text = "Let the chair have all of your weight. Notice where the breath moves, and let it come and go by itself.\n\n\
                There is nothing to do here, and nowhere else to be.\n";
    for pace in [0.6, 0.8, 1.0, 1.4] {
        let plan = planned(text, &Settings { pace: Some(pace), ..Settings::default() });
        let (mut spoken, mut estimated) = (0.0, 0.0);
        for (i, utterance) in plan.utterances.iter().enumerate() {
            let clip = voice.speak(&voice.prompt(utterance).unwrap()).unwrap();
            spoken += clip.samples.len() as f64 / f64::from(clip.rate.hertz());
            estimated += plan.estimate(i).as_secs_f64();
        }
        let off = estimated / spoken - 1.0;
        assert!(off.abs() < 0.15, "at {pace}: {estimated:.2} s estimated, {spoken:.2} s spoken");
    }
}
