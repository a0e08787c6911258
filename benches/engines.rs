//! The two engines on the same utterances, in turn, on one thread.
//!
//! The library is found as the program finds it; `ORT_DYLIB_PATH` names another. A machine's speed drifts: compare neighbours.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin has nothing to report")]
#![allow(clippy::print_stderr, reason = "it says why there is nothing to compare")]

use criterion::{Criterion, Throughput};
use std::{hint::black_box, path::Path};
use undertone::{
    plan::{Piece, Said, Utterance},
    speech::{
        Voice, phonemes,
        piper::{OnnxRuntimeVoice, PiperOptions, PiperVoice},
    },
};

// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Short, usual and long.
const UTTERANCES: [&str; 3] = [
    "Let the shoulders drop.",
    "Notice how the chair holds you, and how little you have to do for it.",
    "With every breath out, a little more of the day may go by itself, past the window and over the roofs, until there is \
     nothing left that wants an answer tonight.",
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    phonemes::initialise().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("voices/en_US-joe-medium/en_US-joe-medium.onnx");
    // Without noise both speak the same number of samples.
    let options = PiperOptions { noise: Some(0.0), noise_w: Some(0.0), ..PiperOptions::default() };
    let second = match OnnxRuntimeVoice::load(&model, &options) {
        Ok(voice) => voice,
        Err(error) => {
            eprintln!("the engines are not compared: {error}");
            return;
        }
    };
    let first = PiperVoice::load(&model, &options).unwrap();
    for text in UTTERANCES {
        let piece = Piece { said: Said::Words(text.into()), stretch: 1.0 };
        let prompt = first.prompt(&Utterance { voice: 0, pieces: vec![piece], pace: 0.8, seed: 1 }).unwrap();
        let mut group = criterion.benchmark_group(format!("{} words", text.split_whitespace().count()));
        group.sample_size(10);
        // Samples a second: divide by the voice's 22,050 for times real time.
        group.throughput(Throughput::Elements(first.speak(&prompt).unwrap().samples.len() as u64));
        group.bench_function("rten", |b| b.iter(|| first.speak(black_box(&prompt)).unwrap()));
        group.bench_function("onnxruntime", |b| b.iter(|| second.speak(black_box(&prompt)).unwrap()));
        group.finish();
    }
    criterion.final_summary();
}
