use proptest::prelude::*;

use super::*;
use crate::master::Meter;

const RATE: SampleRate = SampleRate::HZ_48000;
const CEILING: Decibels = Decibels(-1.0);

fn limit(frames: &[Stereo], lookahead: Duration, block: usize) -> Vec<Stereo> {
    limit_at(RATE, frames, lookahead, block)
}

fn limit_at(rate: SampleRate, frames: &[Stereo], lookahead: Duration, block: usize) -> Vec<Stereo> {
    let mut limiter = Limiter::new(rate, CEILING, lookahead);
    let mut out = Vec::new();
    for part in frames.chunks(block) {
        out.extend_from_slice(limiter.process(&mut part.to_vec()));
    }
    out.extend(limiter.finish());
    out
}

fn true_peak(rate: SampleRate, frames: &[Stereo]) -> f64 {
    let mut meter = Meter::new(rate);
    meter.add(frames);
    meter.add(&[Stereo::ZERO; 64]);
    meter.measure().true_peak
}

#[track_caller]
fn assert_held(frames: &[Stereo]) -> Vec<Stereo> {
    let out = limit(frames, Limiter::LOOKAHEAD, 4096);
    assert_eq!(out.len(), frames.len());
    let peak = true_peak(RATE, &out);
    assert!(peak <= f64::from(CEILING.0), "true peak {peak} dBTP");
    out
}

/// Noise between -1 and 1.
fn noise(seed: u64) -> impl Iterator<Item = f32> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    })
}

#[test]
fn what_is_under_the_ceiling_passes_bit_for_bit() {
    // Close to the ceiling, so that the peaks between the samples are looked at.
    let frames: Vec<_> = (0..20_000).map(|i| Stereo { left: 0.88 * (i as f32 * 0.031).sin(), right: -0.0 }).collect();
    let out = limit(&frames, Limiter::LOOKAHEAD, 1000);
    assert!(
        out.iter()
            .zip(&frames)
            .all(|(a, b)| { a.left.to_bits() == b.left.to_bits() && a.right.to_bits() == b.right.to_bits() })
    );
    assert_eq!(out.len(), frames.len());
}

#[test]
fn before_and_long_after_a_peak_nothing_is_changed() {
    let mut frames: Vec<_> = (0..96_000).map(|i| Stereo::mono(0.3 * (i as f32 * 0.05).sin())).collect();
    frames[20_000] = Stereo { left: 3.0, right: 0.0 };
    let out = assert_held(&frames);
    assert_eq!(out[..19_500], frames[..19_500]);
    assert_eq!(out[90_000..], frames[90_000..]);
    assert_ne!(out[19_950], frames[19_950]);
}

#[test]
fn a_step_of_40_db_is_held() {
    let frames: Vec<_> = (0..20_000)
        .map(|i| Stereo::mono((i as f32 * 0.11).sin() * if (5000..12_000).contains(&i) { 50.0 } else { 0.5 }))
        .collect();
    let out = assert_held(&frames);
    // Loud sound stays as loud as it may be.
    let peak = out[8000..11_000].iter().fold(0f32, |most, frame| most.max(frame.left));
    assert!(Decibels::from_amplitude(peak).0 > -1.1, "{peak}");
}

#[test]
fn a_step_of_constant_level_is_held() {
    let frames: Vec<_> = (0..20_000).map(|i| Stereo::mono(if i < 9000 { 0.01 } else { -100.0 })).collect();
    assert_held(&frames);
}

#[test]
fn single_impulses_are_held() {
    let mut frames = vec![Stereo::ZERO; 30_000];
    for (i, height) in [(0, 8.0), (1, -3.0), (5000, 100.0), (5239, 2.0), (5300, -40.0), (29_999, 50.0)] {
        frames[i] = Stereo { left: height, right: -height / 3.0 };
    }
    assert_held(&frames);
}

#[test]
fn peaks_between_the_samples_are_held() {
    // A quarter of the rate, half way between the samples: each is 0.9, the wave between them 1.27.
    let frames: Vec<_> = (0..20_000).map(|i| Stereo::mono([0.9, 0.9, -0.9, -0.9][i % 4])).collect();
    let sample_peak = Decibels(-0.92);
    assert!((Decibels::from_amplitude(0.9).0 - sample_peak.0).abs() < 0.01);
    assert!(true_peak(RATE, &frames) > 1.9);
    let out = assert_held(&frames);
    assert!(out[10_000].left.abs() < 0.65);
}

#[test]
fn a_gain_that_moves_fast_over_high_tones_is_held() {
    for (seed, frequency) in [(3, 0.9), (5, 1.57), (7, 2.2), (11, 2.9)] {
        let mut level = noise(seed);
        let mut gain = 1.0;
        let frames: Vec<_> = (0..60_000)
            .map(|i| {
                if i % 97 == 0 {
                    gain = 10f32.powf(1.5 * level.next().unwrap_or(0.0));
                }
                Stereo::mono(gain * (i as f32 * frequency).sin())
            })
            .collect();
        assert_held(&frames);
    }
}

#[test]
fn both_channels_are_lowered_alike() {
    let frames: Vec<_> =
        (0..20_000).map(|i| Stereo { left: 4.0 * (i as f32 * 0.02).sin(), right: (i as f32 * 0.02).sin() }).collect();
    let out = assert_held(&frames);
    for frame in &out[1000..] {
        assert!((frame.left - 4.0 * frame.right).abs() < 1e-5);
    }
}

#[test]
fn what_is_no_number_becomes_silence() {
    let mut frames: Vec<_> = (0..5000).map(|i| Stereo::mono(0.5 * (i as f32 * 0.02).sin())).collect();
    frames[2000] = Stereo { left: f32::NAN, right: f32::NEG_INFINITY };
    let mut expected = frames.clone();
    expected[2000] = Stereo::ZERO;
    assert_eq!(limit(&frames, Limiter::LOOKAHEAD, 512), expected);
}

#[test]
fn other_rates_are_held_too() {
    for hertz in [8000, 44_100, 96_000, 192_000] {
        let rate = SampleRate::new(hertz).unwrap();
        let frames: Vec<_> = noise(9).take(50_000).map(|x| Stereo::mono(x * 6.0)).collect();
        let out = limit_at(rate, &frames, Limiter::LOOKAHEAD, 777);
        assert_eq!(out.len(), frames.len());
        let peak = true_peak(rate, &out);
        assert!(peak <= -1.0, "{peak} dBTP at {hertz} Hz");
    }
}

#[test]
fn a_stream_shorter_than_the_look_ahead_comes_out_whole() {
    for len in [0, 1, 100, 300] {
        let frames = vec![Stereo::mono(0.25); len];
        assert_eq!(limit(&frames, Limiter::LOOKAHEAD, 64), frames);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_ceiling_holds_for_any_noise_and_look_ahead_and_blocks_make_no_difference(
        seed in any::<u64>(),
        micros in 0u64..20_000,
        drive in 0.1f32..60.0,
        // Every how many frames the level jumps.
        every in 1usize..2000,
        block in 1usize..5000,
    ) {
        let mut source = noise(seed);
        let mut level = 1.0;
        let frames: Vec<_> = (0..12_000)
            .map(|i| {
                if i % every == 0 {
                    level = drive.powf(source.next().unwrap_or(0.0));
                }
                Stereo { left: level * source.next().unwrap_or(0.0), right: source.next().unwrap_or(0.0) }
            })
            .collect();
        let lookahead = Duration::from_micros(micros);
        let whole = limit(&frames, lookahead, frames.len());
        prop_assert_eq!(whole.len(), frames.len());
        let peak = true_peak(RATE, &whole);
        prop_assert!(peak <= f64::from(CEILING.0) + 0.05, "true peak {} dBTP", peak);
        prop_assert_eq!(limit(&frames, lookahead, block), whole);
    }
}
