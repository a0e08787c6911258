//! The two engines say the same: run with `make test-engines`, which brings ONNX Runtime.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]
#![cfg(feature = "piper-rs")]

use std::path::Path;
use undertone::{
    plan::{Piece, Said, Utterance},
    speech::{
        Voice,
        piper::{OnnxRuntimeVoice, PiperOptions, PiperVoice},
    },
};

const SENTENCES: [&str; 10] = [
    "Let the floor carry some of your weight.",
    "Nothing has to happen quickly here.",
    "You may notice the cool air at the tip of your nose.",
    "Someone kind could sit beside you, and ask nothing.",
    "What was missing then can be practised now.",
    "Count backwards, if that is easier: nine, eight, seven.",
    "Is there a place in the body that already feels at ease?",
    "Thoughts come; thoughts go.",
    "The evening is long enough for all of this, and so is the road home.",
    "When you are ready, move your fingers and your toes.",
];

#[test]
fn both_engines_agree_to_60_db_without_noise() {
    if std::env::var_os("ORT_DYLIB_PATH").is_none() {
        eprintln!("ORT_DYLIB_PATH is not set: the engines are not compared");
        return;
    }
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium/en_US-joe-medium.onnx");
    let options = PiperOptions { noise: Some(0.0), noise_w: Some(0.0), ..PiperOptions::default() };
    let first = PiperVoice::load(&model, &options).unwrap();
    let second = OnnxRuntimeVoice::load(&model, &options).unwrap();
    for sentence in SENTENCES {
        let piece = Piece { said: Said::Words(sentence.into()), stretch: 1.0 };
        let utterance = Utterance { voice: 0, pieces: vec![piece], pace: 0.8, seed: 1 };
        let prompt = first.prompt(&utterance).unwrap();
        assert_eq!(prompt, second.prompt(&utterance).unwrap());
        let (a, b) = (first.speak(&prompt).unwrap(), second.speak(&prompt).unwrap());
        assert_eq!((a.rate, a.samples.len()), (b.rate, b.samples.len()), "{sentence}");
        let power = |samples: &mut dyn Iterator<Item = f64>| samples.map(|x| x * x).sum::<f64>();
        let signal = power(&mut b.samples.iter().map(|x| f64::from(*x)));
        let noise = power(&mut a.samples.iter().zip(&b.samples).map(|(x, y)| f64::from(x - y)));
        let snr = 10.0 * (signal / noise).log10();
        println!("{snr:.1} dB: {sentence}");
        assert!(snr >= 60.0, "{snr:.1} dB: {sentence}");
    }
}
