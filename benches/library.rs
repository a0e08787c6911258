//! Listing and searching 5,000 sessions, each time by a process of its own, with what it reads dropped from memory before.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin has nothing to report")]

use criterion::{Criterion, SamplingMode};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use undertone::library::{About, ChapterMark, slug};

const SESSIONS: usize = 5000;

/// Words of a session of quarter of an hour.
const WORDS: usize = 1000;

/// Words that are not all alike: some of two syllables, some of four.
fn vocabulary(rng: &mut StdRng) -> Vec<String> {
    let syllables = ["ba", "lo", "mi", "ten", "ra", "sho", "vel", "un", "der", "tide", "qui", "et"];
    let word = |rng: &mut StdRng| (0..rng.random_range(2..5)).map(|_| syllables[rng.random_range(0..12)]).collect();
    (0..8000).map(|_| word(rng)).collect()
}

/// Sessions as they are kept, but for their sound, which nothing here reads.
/// The result is a word that is in most of them, and one that is in few.
fn library(root: &Path) -> [String; 2] {
    let mut rng = StdRng::seed_from_u64(1);
    let words = vocabulary(&mut rng);
    fs::create_dir_all(root.join("sessions")).unwrap();
    fs::write(root.join("undertone.toml"), "format = 1\n").unwrap();
    let mut log = String::new();
    for number in 0..SESSIONS {
        // A common word is more common than a rare one.
        let mut some = |count: usize| {
            let pick = |rng: &mut StdRng| words[(rng.random::<f64>().powi(3) * 8000.0) as usize].as_str();
            (0..count).map(|_| pick(&mut rng)).collect::<Vec<_>>()
        };
        let title = format!("{} {number}", some(3).join(" "));
        let chapters =
            (0..8).map(|at| ChapterMark { at: Duration::from_secs(at * 100), title: some(2).join(" ") }).collect();
        let files = ["audio.flac", "captions.vtt", "cover.svg", "script.md"];
        let about = About {
            title: title.clone(),
            tags: some(3).into_iter().map(str::to_owned).collect(),
            category: Some("sleep".to_owned()),
            favourite: number % 10 == 0,
            id: format!("{number:016x}"),
            created: "2026-11-23T01:02:03Z".parse().unwrap(),
            rendered: "2026-11-23T01:02:03Z".parse().unwrap(),
            length: Duration::from_secs(900),
            loudness: Some(-20.1),
            true_peak: Some(-3.2),
            voice: "en_US-joe-medium".to_owned(),
            seed: 1,
            pace: None,
            duration: None,
            no_bed: false,
            origin: format!("/home/ada/scripts/{number}.md").into(),
            audio: "audio.flac".to_owned(),
            answers: BTreeMap::from([("name".to_owned(), "Ada".to_owned())]),
            chapters,
            files: files.map(|name| (name.to_owned(), blake3::hash(title.as_bytes()).to_hex().to_string())).into(),
            more: BTreeMap::new(),
        };
        let folder = root.join("sessions").join(slug(&title));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("session.toml"), toml::to_string(&about).unwrap()).unwrap();
        let mut text = format!("---\ntitle: {title}\n---\n");
        for sentence in some(WORDS).chunks(10) {
            let _ = write!(text, "{}.\n\n", sentence.join(" "));
        }
        fs::write(folder.join("script.md"), text).unwrap();
        let _ = writeln!(
            log,
            "a line that is skipped, as long as one that is not, of a session that was heard: {number:080}"
        );
    }
    fs::write(root.join("history.jsonl"), log).unwrap();
    [words[0].clone(), words[7990].clone()]
}

/// Drops the bytes of every file from memory. What the system knows of names stays.
fn forget(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            forget(&entry.path());
        } else {
            let file = File::open(entry.path()).unwrap();
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
        }
    }
}

/// Drops all that the system keeps in memory of its disks, files and names alike; only the system's own user may.
fn forget_all() -> bool {
    rustix::fs::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}

fn run(root: &Path, args: &[&str]) -> Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.arg("library").arg("--library").arg(root).args(args).stdout(Stdio::null());
    let began = Instant::now();
    assert!(command.status().unwrap().success());
    began.elapsed()
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = folder.path();
    let [common, rare] = library(root);
    let mut group = criterion.benchmark_group("library");
    group.sample_size(20).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(10));
    let once: [(&str, &[&str]); 4] = [
        ("list", &["list"]),
        ("list --json", &["list", "--json"]),
        ("search, a common word", &["search", &common]),
        ("search, a rare word and the beginning of one", &["search", &rare, "un"]),
    ];
    for (name, args) in once {
        // The first ones make the index, and give files second names.
        for _ in 0..3 {
            run(root, args);
            std::thread::sleep(Duration::from_millis(100));
        }
        group.bench_function(format!("{name}, in memory"), |b| b.iter(|| run(root, args)));
        group.bench_function(format!("{name}, from disk"), |b| {
            b.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        // What was written must be on the disk before it can be forgotten.
                        rustix::fs::sync();
                        forget(root);
                        run(root, args)
                    })
                    .sum()
            });
        });
        if !forget_all() {
            continue;
        }
        group.bench_function(format!("{name}, from disk, with all caches dropped"), |b| {
            b.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        assert!(forget_all());
                        run(root, args)
                    })
                    .sum()
            });
        });
    }
    group.bench_function("list, without an index", |b| {
        b.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    fs::remove_dir_all(root.join(".derived")).unwrap();
                    run(root, &["list"])
                })
                .sum()
        });
    });
    group.bench_function("search, without an index", |b| {
        b.iter_custom(|times| {
            (0..times)
                .map(|_| {
                    fs::remove_dir_all(root.join(".derived")).unwrap();
                    run(root, &["search", &common])
                })
                .sum()
        });
    });
    group.finish();
    criterion.final_summary();
}
