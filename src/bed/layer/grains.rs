//! Short sounds, made once when a bed is opened.

use crate::{
    audio::{SampleRate, fade_edges},
    bed::{
        bell::{BellKind, strike_pitched},
        generate::{fork, unit, white},
    },
};
use std::f32::consts::TAU;

type Grain = [Vec<f32>; 2];

/// The same sound in both ears.
fn centred(sound: Vec<f32>) -> Grain {
    [sound.clone(), sound]
}

/// A sine that glides from one pitch to another under an envelope of time in seconds.
fn glide(rate: f32, seconds: f32, hertz: impl Fn(f32) -> f32, envelope: impl Fn(f32) -> f32) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..(seconds * rate) as usize)
        .map(|n| {
            let t = n as f32 / rate;
            phase = (phase + TAU * hertz(t).min(rate * 0.45) / rate) % TAU;
            phase.sin() * envelope(t)
        })
        .collect()
}

/// Drops of rain: a tick of noise, then a small bubble that rings.
pub(in crate::bed) fn drops(rate: f32, brightness: f32, key: u64) -> Vec<Grain> {
    (0..40)
        .map(|n| {
            let key = fork(key, n);
            let hertz = 700.0 + 3_800.0 * brightness * unit(key, 0).powi(2);
            let decay = 0.003 + 0.006 * unit(key, 1);
            let mut sound = glide(
                rate,
                decay * 7.0,
                |t| hertz * (1.0 + 0.3 * t / decay * 0.2),
                |t| (t / 0.0008).min(1.0) * (-t / decay).exp(),
            );
            let mut tick = vec![0.0; sound.len()];
            white([fork(key, 9)], [0], tick.as_chunks_mut().0);
            let mut low = 0.0;
            for (m, (out, noise)) in sound.iter_mut().zip(&tick).enumerate() {
                let t = m as f32 / rate;
                low += 0.35 * (noise - low);
                *out += 0.5 * low * (t / 0.0006).min(1.0) * (-t / 0.0025).exp();
            }
            fade_edges(&mut sound, (rate * 0.0005) as usize);
            centred(sound)
        })
        .collect()
}

/// Bubbles of a stream: pitches that rise as each one opens.
pub(in crate::bed) fn bubbles(rate: f32, key: u64) -> Vec<Grain> {
    (0..64)
        .map(|n| {
            let key = fork(key, n);
            let hertz = 260.0 * 7.0f32.powf(unit(key, 0));
            let decay = 0.008 + 0.03 * unit(key, 1) * (600.0 / hertz).min(1.0);
            let rise = 0.15 + 0.5 * unit(key, 2);
            let mut sound = glide(
                rate,
                decay * 6.0,
                |t| hertz * (1.0 + rise * t / (decay * 4.0)),
                |t| (t / 0.004).min(1.0) * (-t / decay).exp(),
            );
            fade_edges(&mut sound, (rate * 0.002) as usize);
            centred(sound)
        })
        .collect()
}

/// Crackles of a fire: bursts of noise, short and dull or shorter and sharp.
pub(in crate::bed) fn crackles(rate: f32, key: u64) -> Vec<Grain> {
    (0..32)
        .map(|n| {
            let key = fork(key, n);
            let decay = 0.0015 + 0.012 * unit(key, 0).powi(3);
            let mut sound = vec![0.0; (decay * 7.0 * rate) as usize];
            white([fork(key, 9)], [0], sound.as_chunks_mut().0);
            let open = 0.15 + 0.5 * unit(key, 1);
            let mut low = 0.0;
            for (m, sample) in sound.iter_mut().enumerate() {
                let t = m as f32 / rate;
                low += open * (*sample - low);
                *sample = low * (t / 0.0003).min(1.0) * (-t / decay).exp();
            }
            fade_edges(&mut sound, (rate * 0.0003) as usize);
            centred(sound)
        })
        .collect()
}

/// Chirps of field crickets: three or four pulses near 4.5 kHz.
pub(in crate::bed) fn crickets(rate: f32, key: u64) -> Vec<Grain> {
    (0..12)
        .map(|n| {
            let key = fork(key, n);
            let hertz = 3_900.0 + 900.0 * unit(key, 0);
            let pulses = 3.0 + (2.0 * unit(key, 1)).floor();
            let each = 0.016 + 0.006 * unit(key, 2);
            let mut sound = glide(
                rate,
                pulses * each,
                |_| hertz,
                |t| {
                    let inside = (t % each) / each;
                    let number = (t / each).floor();
                    if inside < 0.7 {
                        (std::f32::consts::PI * inside / 0.7).sin().powi(2) * (0.6 + 0.1 * number)
                    } else {
                        0.0
                    }
                },
            );
            fade_edges(&mut sound, (rate * 0.002) as usize);
            centred(sound)
        })
        .collect()
}

/// Phrases of songbirds far off: a few whistled notes, with the wood's echo behind them.
pub(in crate::bed) fn birds(rate: f32, key: u64) -> Vec<Grain> {
    (0..20)
        .map(|n| {
            let key = fork(key, n);
            let notes = 2 + (5.0 * unit(key, 0)) as u64;
            let base = 2_200.0 + 2_200.0 * unit(key, 1);
            let mut song = vec![0.0f32; (rate * 2.2) as usize];
            let mut at = 0.0;
            for note in 0..notes {
                let key = fork(key, note + 10);
                let length = 0.06 + 0.16 * unit(key, 0);
                let (from, to) = (base * (0.8 + 0.5 * unit(key, 1)), base * (0.8 + 0.5 * unit(key, 2)));
                let warble = 0.03 * unit(key, 3);
                let sound = glide(
                    rate,
                    length,
                    |t| (from + (to - from) * t / length) * (1.0 + warble * (TAU * 28.0 * t).sin()),
                    |t| (std::f32::consts::PI * t / length).sin().powi(2),
                );
                let start = (at * rate) as usize;
                song.iter_mut().skip(start).zip(&sound).for_each(|(o, s)| *o += s);
                at += length + 0.02 + 0.08 * unit(key, 4);
            }
            let mut sides = [song.clone(), song.clone()];
            for (side, out) in sides.iter_mut().enumerate() {
                for echo in 0..14u64 {
                    let key = fork(key, 50 + echo + 20 * side as u64);
                    let delay = 0.02 + 0.45 * unit(key, 0);
                    let gain = 0.22 * (-delay * 5.0).exp();
                    let skip = (delay * rate) as usize;
                    out.iter_mut().skip(skip).zip(&song).for_each(|(o, s)| *o += s * gain);
                }
                fade_edges(out, (rate * 0.01) as usize);
            }
            sides
        })
        .collect()
}

/// Singing bowls of a scale of fifths and fourths over `root` Hz.
pub(in crate::bed) fn bowls(rate: SampleRate, root: f32) -> Vec<Grain> {
    [1.0, 1.5, 2.0, 1.333_333, 0.75]
        .into_iter()
        .map(|ratio| {
            let mut sound = strike_pitched(BellKind::Bowl, root * ratio, rate, 1e-3);
            let mut sides = [Vec::with_capacity(sound.len()), Vec::with_capacity(sound.len())];
            for frame in sound.drain(..) {
                sides[0].push(frame.left);
                sides[1].push(frame.right);
            }
            sides
        })
        .collect()
}

/// A heart: two low beats, the second softer and a little higher.
pub(in crate::bed) fn heartbeats(rate: f32) -> Vec<Grain> {
    let beat = |hertz: f32, decay: f32| {
        glide(
            rate,
            decay * 7.0,
            move |t| hertz * (1.0 + 0.6 * (-t / 0.02).exp()),
            move |t| (t / 0.012).min(1.0).powi(2) * (-t / decay).exp(),
        )
    };
    let mut sound = vec![0.0f32; (rate * 0.8) as usize];
    let (lub, dub) = (beat(48.0, 0.055), beat(60.0, 0.04));
    sound.iter_mut().zip(&lub).for_each(|(o, s)| *o += s);
    sound.iter_mut().skip((rate * 0.3) as usize).zip(&dub).for_each(|(o, s)| *o += 0.65 * s);
    fade_edges(&mut sound, (rate * 0.01) as usize);
    vec![centred(sound)]
}
