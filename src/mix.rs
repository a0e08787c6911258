//! Timeline, takes and beds become frames.
//!
//! A frame depends on its position alone, so any thread may read any block, in any order.

mod curve;
mod duck;

pub use duck::Ducking;

use crate::{
    audio::{Decibels, Frames, Stereo, raised_cosine},
    bed::{
        Bed, REFERENCE_LUFS,
        bell::{BellKind, strike},
    },
    speech::takes::Takes,
    timeline::{Placement, Timeline},
};
use curve::Curve;

/// Gains are worked out at every so many frames and drawn straight between: 1.3 ms at 48 kHz, in which the steepest fade of a bed
/// moves by less than 0.1 dB.
const GRID: u64 = 64;

/// Blocks are mixed in parts of this many frames, which fit a processor's nearest cache.
const PART: usize = 1024;

/// Levels that were measured or asked for.
#[derive(Debug, Clone)]
pub struct Levels {
    /// The gain of each utterance: its voice's, which brings the speech to its loudness.
    pub speech: Vec<f32>,
    /// The loudness of the speech in LUFS, to which levels of beds are relative.
    pub loudness: f64,
    /// How beds make room for speech.
    pub ducking: Ducking,
}

/// A bed and its level over time.
struct Track<'a> {
    bed: &'a Bed,
    /// Where it is first heard.
    start: u64,
    /// Its gain as an amplitude.
    level: Curve,
}

/// A stroke of a bell at its place.
struct Stroke {
    start: u64,
    /// Which of the sounds.
    sound: usize,
    gain: f32,
}

/// The loudness of speech in LUFS with which a bell of 0 dB is as loud as it is made.
const BELL_SPEECH_LUFS: f64 = -18.0;

/// A session that can be read at any place.
pub struct Mix<'a> {
    timeline: &'a Timeline,
    takes: &'a Takes,
    speech: &'a [f32],
    tracks: Vec<Track<'a>>,
    /// The gain of the beds in dB.
    ducking: Curve,
    /// Each bell that is struck.
    bells: Vec<Vec<Stereo>>,
    /// Strokes, in order of their beginning.
    strokes: Vec<Stroke>,
}

impl<'a> Mix<'a> {
    /// A mix of a session; `beds` are the plan's, in its order.
    #[must_use]
    pub fn new(timeline: &'a Timeline, takes: &'a Takes, beds: &'a [Bed], levels: &'a Levels) -> Self {
        let relative = levels.loudness - REFERENCE_LUFS;
        let tracks = beds
            .iter()
            .enumerate()
            .map(|(bed, sound)| {
                let moves = || timeline.beds.iter().filter(move |change| change.bed == bed);
                let mut level = Curve::constant(0.0);
                for change in moves() {
                    let to = change.level.map_or(0.0, |to| Decibels(to.0 + relative as f32).amplitude());
                    level.change(change.at, change.over, to);
                }
                Track { bed: sound, start: moves().next().map_or(0, |first| first.at.0), level }
            })
            .collect();
        let (bells, strokes) = strokes(timeline, levels.loudness);
        let ducking = levels.ducking.curve(timeline);
        Self { timeline, takes, speech: &levels.speech, tracks, ducking, bells, strokes }
    }

    /// The length of the session.
    #[must_use]
    pub fn length(&self) -> Frames {
        self.timeline.length
    }

    /// Overwrites `out` with the frames from `at` on. What lies past the end is silent.
    pub fn read(&self, at: Frames, out: &mut [Stereo]) {
        let mut at = at.0;
        for part in out.chunks_mut(PART) {
            part.fill(Stereo::ZERO);
            self.add_beds(at, part);
            self.add_speech(at, part);
            self.add_bells(at, part);
            at += part.len() as u64;
        }
    }

    fn add_speech(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        let speech = &self.timeline.speech;
        let first = speech.partition_point(|placement| placement.end().0 <= at);
        let mut samples = [0f32; PART];
        for placement in speech[first..].iter().take_while(|placement| placement.start.0 < end) {
            let from = at.max(placement.start.0);
            let to = end.min(placement.end().0);
            let Some(count) = to.checked_sub(from).filter(|count| *count > 0) else { continue };
            let samples = &mut samples[..count as usize];
            self.takes.read(placement.utterance, Frames(from - placement.start.0), samples);
            let gain = self.gain(placement);
            let offset = (from - at) as usize;
            for (frame, sample) in out[offset..].iter_mut().zip(samples) {
                frame.left += *sample * gain.left;
                frame.right += *sample * gain.right;
            }
        }
    }

    /// The gains of a placement's two channels: of equal power, and 1 in the middle.
    fn gain(&self, placement: &Placement) -> Stereo {
        let gain = self.speech[placement.utterance] * placement.gain;
        if placement.pan == 0.0 {
            return Stereo::mono(gain);
        }
        let angle = (placement.pan.clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
        Stereo { left: angle.cos(), right: angle.sin() } * (gain * std::f32::consts::SQRT_2)
    }

    fn add_bells(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        for stroke in self.strokes.iter().take_while(|stroke| stroke.start < end) {
            let sound = &self.bells[stroke.sound];
            let from = at.max(stroke.start);
            let passed = (from - stroke.start) as usize;
            if passed < sound.len() {
                for (frame, bell) in out[(from - at) as usize..].iter_mut().zip(&sound[passed..]) {
                    *frame += *bell * stroke.gain;
                }
            }
        }
    }

    fn add_beds(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        let mut block = [Stereo::ZERO; PART];
        for track in &self.tracks {
            if track.level.constant_in(at, end) == Some(0.0) || end <= track.start {
                continue;
            }
            let skipped = (track.start.saturating_sub(at) as usize).min(out.len());
            let block = &mut block[..out.len() - skipped];
            let from = at + skipped as u64;
            track.bed.read(Frames(from - track.start), block);
            let mut out = &mut out[skipped..];
            let mut block = &*block;
            let mut position = from;
            while !block.is_empty() {
                let node = position / GRID * GRID;
                let count = ((node + GRID - position) as usize).min(block.len());
                let (low, high) = (self.bed_gain(track, node), self.bed_gain(track, node + GRID));
                let slope = (high - low) / GRID as f32;
                let offset = (position - node) as f32;
                for (i, (frame, bed)) in out.iter_mut().zip(&block[..count]).enumerate() {
                    *frame += *bed * (low + slope * (offset + i as f32));
                }
                out = &mut out[count..];
                block = &block[count..];
                position += count as u64;
            }
        }
    }

    /// The gain of a bed at a frame: its own level, the ducking, and the session's fades.
    fn bed_gain(&self, track: &Track<'_>, at: u64) -> f32 {
        let level = track.level.value(at);
        if level == 0.0 {
            return 0.0;
        }
        level * Decibels(self.ducking.value(at)).amplitude() * self.fade(at)
    }

    /// The fades at the session's beginning and end.
    fn fade(&self, at: u64) -> f32 {
        let (Frames(fade_in), Frames(fade_out)) = self.timeline.fades;
        let ratio = |part: u64, whole: u64| if whole == 0 { 1.0 } else { (part as f64 / whole as f64) as f32 };
        let rising = raised_cosine(ratio(at, fade_in));
        let falling = raised_cosine(ratio(self.timeline.length.0.saturating_sub(at), fade_out));
        rising * falling
    }
}

/// The bells that are struck, and when. A tail that would go on past the end of the session is cut there.
fn strokes(timeline: &Timeline, loudness: f64) -> (Vec<Vec<Stereo>>, Vec<Stroke>) {
    let mut kinds: Vec<BellKind> = Vec::new();
    let mut strokes = Vec::new();
    for bell in &timeline.bells {
        // A plan has only bells of known names.
        let Some(kind) = BellKind::ALL.into_iter().find(|kind| kind.name() == bell.what) else { continue };
        let sound = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        let gain = Decibels(bell.level.0 + (loudness - BELL_SPEECH_LUFS) as f32).amplitude();
        strokes.push(Stroke { start: bell.at.0, sound, gain });
    }
    strokes.sort_by_key(|stroke| stroke.start);
    (kinds.into_iter().map(|kind| strike(kind, timeline.rate)).collect(), strokes)
}
