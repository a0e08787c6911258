use super::*;
use proptest::prelude::*;
use std::{fs, sync::LazyLock};

mod hostile;

const RATE: SampleRate = SampleRate::HZ_48000;

static RECIPES: LazyLock<Vec<(String, Bed)>> = LazyLock::new(|| {
    recipes(&[])
        .into_iter()
        .map(|recipe| {
            let bed = Bed::open(Source::Recipe { name: &recipe.name, dirs: &[] }, RATE, 7).unwrap();
            (recipe.name, bed)
        })
        .collect()
});

fn block(bed: &Bed, at: u64, length: usize) -> Vec<Stereo> {
    let mut out = vec![Stereo::mono(9.0); length];
    bed.read(Frames(at), &mut out);
    out
}

fn loudness(bed: &Bed, at: u64, seconds: usize) -> f64 {
    let mut meter = ebur128::EbuR128::new(2, 48_000, ebur128::Mode::I).unwrap();
    for n in 0..seconds {
        let frames = block(bed, at + n as u64 * 48_000, 48_000);
        let sides: Vec<f32> = frames.iter().flat_map(|f| [f.left, f.right]).collect();
        meter.add_frames_f32(&sides).unwrap();
    }
    meter.loudness_global().unwrap()
}

fn rms(frames: &[Stereo]) -> f64 {
    let sum: f64 = frames.iter().map(|f| f64::from(f.left).powi(2) + f64::from(f.right).powi(2)).sum();
    (sum / (2 * frames.len()) as f64).sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_block_read_alone_equals_that_block_of_the_whole(
        which in 0usize..12, at in 0u64..8_000_000_000, length in 1usize..3_000, offset in 0usize..70_000,
    ) {
        let bed = &RECIPES[which].1;
        let whole = block(bed, at, offset + length);
        let other = Bed::open(Source::Recipe { name: &RECIPES[which].0, dirs: &[] }, RATE, 7).unwrap();
        prop_assert_eq!(&whole[offset..], &block(&other, at + offset as u64, length)[..]);
    }
}

#[test]
fn every_recipe_is_at_the_reference_an_hour_later_too() {
    for (name, bed) in RECIPES.iter() {
        let measured = loudness(bed, 3_600 * 48_000, 90);
        assert!((measured - REFERENCE_LUFS).abs() < 1.0, "{name} is at {measured:.2} LUFS");
    }
}

#[test]
fn left_and_right_of_noise_are_strangers() {
    for name in ["night-rain", "brown-noise", "pink-noise", "ocean", "stream", "wind"] {
        let bed = &RECIPES.iter().find(|recipe| recipe.0 == name).unwrap().1;
        let frames = block(bed, 1_000_000, 20 * 48_000);
        let sum = |f: fn(&Stereo) -> f32| frames.iter().map(|s| f64::from(f(s))).sum::<f64>();
        let likeness = sum(|s| s.left * s.right) / (sum(|s| s.left * s.left) * sum(|s| s.right * s.right)).sqrt();
        assert!(likeness.abs() < 0.3, "{name}: {likeness:.2}");
    }
}

#[test]
fn no_recipe_clicks_where_segments_meet() {
    for ((name, bed), segment) in RECIPES.iter().flat_map(|recipe| [1, 2, 40, 1 << 16].map(|n| (recipe, n))) {
        let edge = segment * generate::SEGMENT as u64;
        let frames = block(bed, edge - 4_800, 9_600);
        let step = |n: usize| (frames[n].left - frames[n - 1].left).abs();
        let usual = (1usize..9_600).filter(|n| n.abs_diff(4_800) > 1).map(step).fold(0.0, f32::max);
        assert!(step(4_800) <= usual + 0.001, "{name}: {} beside {usual}", step(4_800));
        // The second difference shows a corner that a step hides.
        let bend = |n: usize| (frames[n + 1].left - 2.0 * frames[n].left + frames[n - 1].left).abs();
        let usual = (1usize..9_599).filter(|n| n.abs_diff(4_800) > 2).map(bend).fold(0.0, f32::max);
        assert!(bend(4_800).max(bend(4_799)) <= usual + 0.001, "{name} bends");
    }
}

#[test]
fn noise_does_not_come_back_after_minutes() {
    for name in ["brown-noise", "pink-noise", "night-rain"] {
        let bed = &RECIPES.iter().find(|recipe| recipe.0 == name).unwrap().1;
        let first = block(bed, 0, 48_000);
        for later in [generate::SEGMENT as u64, 60 * 48_000, 65_536 * 64, 600 * 48_000, 3_600 * 48_000] {
            let then = block(bed, later, 48_000);
            let product: f64 = first.iter().zip(&then).map(|(a, b)| f64::from(a.left * b.left)).sum();
            let likeness = product / (48_000.0 * rms(&first) * rms(&then));
            assert!(likeness.abs() < 0.2, "{name} at {later}: {likeness:.2}");
        }
    }
}

#[test]
fn another_seed_is_another_sound() {
    let open = |seed| Bed::open(Source::Recipe { name: "brown-noise", dirs: &[] }, RATE, seed).unwrap();
    assert_ne!(block(&open(1), 0, 100), block(&open(2), 0, 100));
}

fn wav(path: &Path, rate: u32, frames: impl Iterator<Item = [f32; 2]>) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for frame in frames {
        writer.write_sample(frame[0]).unwrap();
        writer.write_sample(frame[1]).unwrap();
    }
    writer.finalize().unwrap();
}

fn file(path: &Path, looping: LoopMode) -> Result<Bed, BedError> {
    Bed::open(Source::File { path, looping, points: None }, RATE, 1)
}

const FADE: LoopMode = LoopMode::Crossfade(Duration::from_secs(1));

/// Level and steps around every seam of the first laps, `lap` frames each.
fn check_seams(bed: &Bed, lap: u64, fade: u64, steepest: f32) {
    let usual = rms(&block(bed, fade, (lap - fade) as usize));
    for n in 1..4 {
        let around = block(bed, n * lap - 4_800, fade as usize + 9_600);
        for window in around.chunks_exact(4_800) {
            let level = 20.0 * (rms(window) / usual).log10();
            assert!(level.abs() < 1.0, "{level:.2} dB at seam {n}");
        }
        for pair in around.windows(2) {
            assert!((pair[1].left - pair[0].left).abs() < steepest + 0.005, "a step at seam {n}");
        }
    }
}

#[test]
fn a_loop_of_noise_has_no_seam() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("noise.wav");
    let mut noise = vec![0.0; 480_000];
    generate::white([5], [0], noise.as_chunks_mut().0);
    wav(&path, 48_000, (0..240_000).map(|n| [0.1 * noise[n], 0.1 * noise[n + 240_000]]));
    let bed = file(&path, FADE).unwrap();
    assert_eq!(bed.length(), None);
    check_seams(&bed, 192_000, 48_000, 1.0);
    assert!((loudness(&bed, 0, 20) - REFERENCE_LUFS).abs() < 0.5);
}

#[test]
fn a_loop_of_a_tone_has_no_seam() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    // Its period, 217.4 frames, does not divide its length.
    wav(&path, 48_000, (0..240_000).map(|n| [(n as f32 * 0.0289).sin() * 0.2; 2]));
    let bed = file(&path, FADE).unwrap();
    let Sound::File(inner) = &bed.sound else { panic!() };
    let (lap, fade) = inner.lap();
    check_seams(&bed, lap, fade, 0.01);
}

#[test]
fn silence_at_both_ends_is_cut_off_and_once_is_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("once.wav");
    let sound = |n: usize| if (1_000..49_000).contains(&n) { [0.2 * (n as f32 * 0.1).sin(); 2] } else { [0.0; 2] };
    wav(&path, 48_000, (0..60_000).map(sound));
    let bed = file(&path, LoopMode::Once).unwrap();
    let length = bed.length().unwrap().0;
    assert!(length.abs_diff(48_000) < 4, "{length}");
    assert_eq!(block(&bed, length, 3), vec![Stereo::ZERO; 3]);
}

#[test]
fn a_shuffled_file_is_read_by_position_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let mut noise = vec![0.0; 48_000 * 70];
    generate::white([6], [0], noise.as_chunks_mut().0);
    // Longer than what is held in memory, and at another rate.
    wav(&path, 44_100, noise.iter().map(|x| [0.1 * x; 2]));
    let bed = file(&path, LoopMode::Shuffle).unwrap();
    let whole = block(&bed, 0, 48_000 * 60);
    assert_eq!(&whole[1_234_567..1_240_000], &block(&bed, 1_234_567, 1_240_000 - 1_234_567)[..]);
    assert!((loudness(&bed, 0, 60) - REFERENCE_LUFS).abs() < 0.5);
}
