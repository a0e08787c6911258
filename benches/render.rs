//! The whole render of a session, nothing taken from a cache: script to file on all cores.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin has nothing to report")]

use criterion::{Criterion, SamplingMode, Throughput};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use undertone::{
    audio::{Frames, SampleRate},
    plan::Settings,
    script::Access,
    session::{Engine, Studio, Unwatched},
    sink::{Samples, WavOptions, WavSink, WavSpec},
    timeline::Timeline,
};

// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Renders `scripts/earned-security.md` to a file; the result is its length.
fn render(output: &Path) -> Frames {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let rate = SampleRate::HZ_48000;
    let studio = Studio {
        voices: vec![root.join("voices")],
        ambience: vec![root.join("ambience")],
        access: Access::default(),
        engine: Engine::Rten,
        rate,
        threads: 0,
        cache: None,
        stems: None,
    };
    let began = Instant::now();
    let prepared = studio.prepare(&root.join("scripts/earned-security.md"), &Settings::default()).unwrap();
    let spec = WavSpec { rate, samples: Samples::Int16 };
    let open = |timeline: &Timeline| Ok(WavSink::create(output, spec, timeline.length, WavOptions::default()).unwrap());
    studio.render(prepared, &Unwatched, began, open).unwrap().done.frames
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("session.wav");
    let mut group = criterion.benchmark_group("render");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(150));
    group.throughput(Throughput::Elements(render(&output).0));
    group.bench_function("earned-security", |b| b.iter(|| render(&output)));
    group.finish();
    criterion.final_summary();
}
