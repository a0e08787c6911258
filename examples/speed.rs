//! How many times faster than real time a voice speaks: `speed MODEL.onnx`, on one core and on all.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]
use rayon::prelude::*;
use std::{path::Path, time::Instant};
use undertone::speech::{
    Prompt, PromptSentence, Voice,
    piper::{PiperOptions, PiperVoice},
};
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seconds of processor time that the program has used: other programs do not disturb it.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let began = Instant::now();
    let options = PiperOptions { rten_only: args.get(2).is_some_and(|a| a == "rten"), ..PiperOptions::default() };
    let voice = PiperVoice::load(Path::new(&args[1]), &options).unwrap();
    println!("loaded in {:?}", began.elapsed());
    let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/parity/phonemes.json")).unwrap();
    let parity: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let prompts: Vec<Prompt> = parity["texts"].as_array().unwrap()[..24]
        .iter()
        .map(|text| Prompt {
            sentences: text["sentences"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| PromptSentence { phonemes: s["phonemes"].as_str().unwrap().into(), stretch: vec![] })
                .collect(),
            pace: 1.0,
            seed: 1,
        })
        .collect();
    let rate = f64::from(voice.sample_rate().hertz());
    voice.speak(&prompts[0]).unwrap();
    println!("first spoken after {:?}", began.elapsed());
    println!("processor time {:.2}", busy());
    let began = busy();
    let latents: Vec<_> = prompts.iter().map(|p| voice.latent(p).unwrap()).collect();
    let text = busy() - began;
    let began = busy();
    let samples: usize = latents.into_iter().map(|l| voice.decode(l).unwrap().len()).sum();
    let decode = busy() - began;
    let seconds = samples as f64 / rate;
    println!(
        "one core: {:.1} s of sound, latent {:.4} and decoder {:.4} s a second: {:.1} times real time",
        seconds,
        text / seconds,
        decode / seconds,
        seconds / (text + decode)
    );
    let (began, start) = (Instant::now(), busy());
    prompts.par_iter().with_max_len(1).for_each(|p| drop(voice.speak(p).unwrap()));
    println!(
        "all cores: {:.1} times real time, {:.1} a core by processor time",
        seconds / began.elapsed().as_secs_f64(),
        seconds / (busy() - start)
    );
}
