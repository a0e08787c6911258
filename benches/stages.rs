//! What each stage costs, on one thread.
//!
//! Stages that make frames are given in frames a second: divide by 48,000 for times real time.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin has nothing to report")]

use criterion::{BatchSize, Criterion, Throughput};
use std::{
    hint::black_box,
    io,
    path::{Path, PathBuf},
};
use undertone::{
    audio::{Clip, Decibels, Frames, SampleRate, Stereo, Take},
    bed::{Bed, Sounds, Source},
    master::{Limiter, Master, Preset},
    mix::{Ducking, Levels, Material, Mix, Score},
    plan::{Plan, Settings, Utterance, fit, plan},
    script::{Access, Script},
    session,
    sink::{Samples, Sink, WavOptions, WavSpec, WavStream},
    speech::{
        Voice, phonemes,
        piper::{PiperOptions, PiperVoice},
        takes::Takes,
        tone::ToneVoice,
    },
    timeline::Timeline,
};

// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const RATE: SampleRate = SampleRate::HZ_48000;
/// How much of a session the stages after speech are given: half a minute.
const PART: usize = 30 * 48_000;
/// The program's own block.
const BLOCK: usize = 1 << 15;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn script() -> PathBuf {
    root().join("scripts/earned-security.md")
}

fn read() -> Script {
    session::read(&script(), &Access::default()).unwrap().0
}

/// What the voice is given for each utterance of a plan.
fn worded(plan: &Plan) -> Vec<Utterance> {
    plan.utterances.iter().map(|utterance| session::worded(plan, utterance).0).collect()
}

/// A session that is spoken in tones, ready to be mixed.
struct Spoken {
    score: Score,
    takes: Takes,
    beds: Vec<Bed>,
    sounds: Sounds,
    levels: Levels,
}

impl Spoken {
    fn new(plan: Plan) -> Self {
        let voice = ToneVoice::new(RATE);
        let takes = Takes::in_folder(&std::env::temp_dir(), plan.utterances.len()).unwrap();
        for (i, utterance) in plan.utterances.iter().enumerate() {
            let clip = voice.speak(&voice.prompt(utterance).unwrap()).unwrap();
            takes.put(i, &Take::conform(clip, RATE).unwrap()).unwrap();
        }
        let beds = vec![rain()];
        let profile = &plan.profile;
        let ducking =
            Ducking { depth: profile.duck, lift: profile.lift, attack: profile.attack, release: profile.release };
        let levels = Levels { speech: vec![1.0; plan.utterances.len()], loudness: -18.0, ducking };
        let timeline = Timeline::lay(&fit(plan, &takes.lengths(), RATE).unwrap());
        let sounds = Sounds::default();
        let material = Material { takes: &takes, beds: &beds, sounds: &sounds, room: None };
        let score = Score::new(timeline, material, &levels);
        Self { score, takes, beds, sounds, levels }
    }

    fn mix(&self) -> Mix<'_> {
        let material = Material { takes: &self.takes, beds: &self.beds, sounds: &self.sounds, room: None };
        Mix::new(&self.score, material, &self.levels)
    }
}

fn rain() -> Bed {
    Bed::open(Source::Recipe { name: "night-rain", dirs: &[root().join("ambience")] }, RATE, 1).unwrap()
}

fn text(c: &mut Criterion) {
    let access = Access::default();
    c.bench_function("read a script", |b| b.iter(|| session::read(black_box(&script()), &access).unwrap()));
    let script = read();
    let settings = Settings::default();
    c.bench_function("plan a session", |b| b.iter(|| plan(black_box(&script), &settings).unwrap()));
    let plan = plan(&script, &settings).unwrap();
    c.bench_function("estimate and lay a timeline", |b| {
        let lengths: Vec<Frames> = (0..plan.utterances.len()).map(|i| RATE.frames(plan.estimate(i))).collect();
        let fitted = |plan| fit(plan, &lengths, RATE).unwrap();
        b.iter_batched(|| plan.clone(), |plan| Timeline::lay(&fitted(plan)), BatchSize::SmallInput);
    });
}

fn speech(c: &mut Criterion) {
    phonemes::initialise().unwrap();
    let plan = plan(&read(), &Settings::default()).unwrap();
    let model = root().join("voices/en_US-joe-medium/en_US-joe-medium.onnx");
    let mut group = c.benchmark_group("speech");
    group.sample_size(10);
    group.bench_function("open the voice", |b| b.iter(|| PiperVoice::load(&model, &PiperOptions::default()).unwrap()));
    group.throughput(Throughput::Elements(plan.utterances.len() as u64));
    group.bench_function("words of a session", |b| b.iter(|| worded(black_box(&plan))));
    let voice = PiperVoice::load(&model, &PiperOptions::default()).unwrap();
    let worded = worded(&plan);
    group.bench_function("phonemes of a session", |b| {
        b.iter(|| worded.iter().map(|utterance| voice.prompt(utterance).unwrap()).collect::<Vec<_>>());
    });
    let prompt = voice.prompt(&worded[1]).unwrap();
    let clip = voice.speak(&prompt).unwrap();
    group.throughput(Throughput::Elements(conform(clip.clone()).frames().0));
    group.bench_function("speak an utterance", |b| b.iter(|| voice.speak(black_box(&prompt)).unwrap()));
    group.bench_function("the first part of it", |b| b.iter(|| voice.latent(black_box(&prompt)).unwrap()));
    let latent = voice.latent(&prompt).unwrap();
    group.bench_function("the decoder of it", |b| {
        b.iter_batched(|| latent.clone(), |latent| voice.decode(latent).unwrap(), BatchSize::LargeInput);
    });
    group.bench_function("resample it", |b| b.iter_batched(|| clip.clone(), conform, BatchSize::LargeInput));
    group.finish();
}

fn conform(clip: Clip) -> Take {
    Take::conform(clip, RATE).unwrap()
}

fn sound(c: &mut Criterion) {
    let plan = plan(&read(), &Settings::default()).unwrap();
    let spoken = Spoken::new(plan);
    let mix = spoken.mix();
    // Past the fade in, where there are speech, pauses and rain.
    let from = Frames(60 * u64::from(RATE.hertz()));
    let mut frames = vec![Stereo::ZERO; PART];
    let mut group = c.benchmark_group("sound");
    group.sample_size(20);
    group.throughput(Throughput::Elements(PART as u64));

    group.bench_function("a bed", |b| {
        b.iter(|| blocks(&mut frames, |at, block| spoken.beds[0].read(from + at, block)));
    });
    group.bench_function("mix", |b| b.iter(|| blocks(&mut frames, |at, block| mix.read(from + at, block))));
    group.bench_function("mix and master", |b| {
        b.iter(|| {
            let mut master = Master::new(RATE, Preset::Session.target()).measured(RATE);
            blocks(&mut frames, |at, block| {
                mix.read(from + at, block);
                black_box(master.process(block));
            });
            master.finish()
        });
    });

    let mut mixed = vec![Stereo::ZERO; PART];
    mix.read(from, &mut mixed);
    let loudest = mixed.iter().fold(0f32, |peak, frame| peak.max(frame.left.abs()).max(frame.right.abs()));
    for (name, peak) in [("limiter, nothing to do", 0.5), ("limiter, 6 dB too loud", 2.0)] {
        let input: Vec<Stereo> = mixed.iter().map(|frame| *frame * (peak / loudest)).collect();
        group.bench_function(name, |b| {
            let limiter = Limiter::new(RATE, Decibels(-1.0), Limiter::LOOKAHEAD);
            b.iter_batched_ref(
                || (limiter.clone(), input.clone()),
                |(limiter, frames)| {
                    frames.chunks_mut(BLOCK).for_each(|block| {
                        black_box(limiter.process(block));
                    });
                },
                BatchSize::LargeInput,
            );
        });
    }
    for (name, samples) in [("WAV, 16 bits", Samples::Int16), ("WAV, 32-bit float", Samples::Float32)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let spec = WavSpec { rate: RATE, samples };
                let total = Frames(PART as u64);
                let mut sink = WavStream::create(io::sink(), "nothing", spec, total, WavOptions::default()).unwrap();
                mixed.chunks(BLOCK).for_each(|block| sink.write(block).unwrap());
                sink.finish().unwrap()
            });
        });
    }
    group.finish();
}

/// Goes through frames as the program does.
fn blocks(frames: &mut [Stereo], mut work: impl FnMut(Frames, &mut [Stereo])) {
    for (i, block) in frames.chunks_mut(BLOCK).enumerate() {
        work(Frames((i * BLOCK) as u64), block);
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    text(&mut criterion);
    speech(&mut criterion);
    sound(&mut criterion);
    criterion.final_summary();
}
