//! The meter against EBU Tech 3341 and Tech 3342, whose test signals are made here.
//!
//! Case 6 of Tech 3341 is in five channels and does not concern a stereo meter.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use std::f64::consts::{PI, TAU};

use undertone::{
    audio::{SampleRate, Stereo},
    master::{Loudness, Meter},
};

const RATE: f64 = 48_000.0;

fn measure(frames: &[Stereo]) -> Loudness {
    let mut meter = Meter::new(SampleRate::HZ_48000);
    for block in frames.chunks(4800) {
        meter.add(block);
    }
    meter.measure()
}

/// A sine of 1 kHz in both channels at these peak levels in dBFS, each for so many seconds.
fn tones(parts: &[(f64, f64)]) -> Vec<Stereo> {
    let mut frames = Vec::new();
    for &(dbfs, seconds) in parts {
        let amplitude = 10f64.powf(dbfs / 20.0);
        for _ in 0..(seconds * RATE).round() as usize {
            let phase = frames.len() as f64 * 1000.0 / RATE;
            frames.push(Stereo::mono((amplitude * (TAU * phase.fract()).sin()) as f32));
        }
    }
    frames
}

#[test]
fn integrated_loudness_is_within_a_tenth_in_cases_1_to_5_of_tech_3341() {
    let cases: [(&[(f64, f64)], f64); 5] = [
        (&[(-23.0, 20.0)], -23.0),
        (&[(-33.0, 20.0)], -33.0),
        (&[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
        (&[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
        (&[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
    ];
    for (parts, expected) in cases {
        let lufs = measure(&tones(parts)).integrated.unwrap();
        assert!((lufs - expected).abs() <= 0.1, "{lufs} LUFS for {parts:?}");
    }
}

#[test]
fn loudness_range_is_within_one_in_cases_1_to_4_of_tech_3342() {
    let cases: [(&[f64], f64); 4] = [
        (&[-20.0, -30.0], 10.0),
        (&[-20.0, -15.0], 5.0),
        (&[-40.0, -20.0], 20.0),
        (&[-50.0, -35.0, -20.0, -35.0, -50.0], 15.0),
    ];
    for (levels, expected) in cases {
        let parts: Vec<_> = levels.iter().map(|&level| (level, 20.0)).collect();
        let range = measure(&tones(&parts)).range;
        assert!((range - expected).abs() <= 1.0, "{range} LU for {levels:?}");
    }
}

#[track_caller]
fn assert_true_peak(frames: &[Stereo], expected: f64) {
    let peak = measure(frames).true_peak;
    assert!((-0.4..=0.2).contains(&(peak - expected)), "{peak} dBTP where {expected} was expected");
}

#[test]
fn true_peaks_of_steady_tones_are_within_tolerance_in_cases_15_to_19_of_tech_3341() {
    let cases = [
        (4.0, 0.5, 0.0, -6.0),
        (4.0, 0.5, 45.0, -6.0),
        (6.0, 0.5, 60.0, -6.0),
        (8.0, 0.5, 67.5, -6.0),
        (4.0, 1.41, 45.0, 3.0),
    ];
    for (period, amplitude, degrees, expected) in cases {
        let frames: Vec<_> = (0..48_000)
            .map(|i| {
                // Faded in and out, so that the edges of the tone are no peaks of their own.
                let edge = f64::from(i.min(47_999 - i)) / 4800.0;
                let phase = f64::from(i) / period + degrees / 360.0;
                Stereo::mono((amplitude * edge.min(1.0) * (TAU * phase).sin()) as f32)
            })
            .collect();
        assert_true_peak(&frames, expected);
    }
}

#[test]
fn the_true_peak_of_one_louder_period_is_found_at_any_offset_as_in_cases_20_to_23_of_tech_3341() {
    // At four times the rate, a tone of half scale with one period of full scale in it, then every fourth frame.
    let half_width = 240i32;
    let filter: Vec<f64> = (-half_width..=half_width)
        .map(|i| {
            let x = PI * f64::from(i) / 4.0;
            let window = 0.5 + 0.5 * (PI * f64::from(i) / f64::from(half_width + 1)).cos();
            let sinc = if i == 0 { 1.0 } else { x.sin() / x };
            sinc * window / 4.0
        })
        .collect();
    let length = 4 * 6 * 400;
    let middle = length / 2..length / 2 + 24;
    let tone: Vec<f64> = (0..length)
        .map(|i| {
            let edge = (i.min(length - 1 - i) as f64 / 1920.0).min(1.0);
            let amplitude = if middle.contains(&i) { 1.0 } else { 0.5 };
            amplitude * edge * (TAU * i as f64 / 24.0).sin()
        })
        .collect();
    let smooth: Vec<f64> =
        tone.windows(filter.len()).map(|window| window.iter().zip(&filter).map(|(x, h)| x * h).sum()).collect();
    let peak = 20.0 * smooth.iter().fold(0.0, |most: f64, x| most.max(x.abs())).log10();
    for offset in 0..4 {
        let frames: Vec<_> = smooth.iter().skip(offset).step_by(4).map(|&x| Stereo::mono(x as f32)).collect();
        assert_true_peak(&frames, peak);
    }
}
