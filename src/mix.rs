//! Timeline, takes and beds become frames.
//!
//! A frame depends on its position alone, so any thread may read any block, in any order.

mod curve;
mod duck;
mod tone;

pub use duck::Ducking;

use crate::{
    audio::{Decibels, Frames, Stereo, raised_cosine},
    bed::{
        Bed, REFERENCE_LUFS, Sounds,
        bell::{BellKind, strike},
    },
    speech::takes::Takes,
    timeline::{Placement, Strike, Timeline},
};
use curve::Curve;
use std::time::Duration;
use tone::ToneLayer;

/// Gains are worked out at every so many frames and drawn straight between: 1.3 ms at 48 kHz, in which the steepest fade of a bed
/// moves by less than 0.1 dB.
const GRID: u64 = 64;

/// What is still heard at the end of a session goes in no less time than this.
const CLOSING: Duration = Duration::from_secs(1);

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

/// What a session is mixed from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// Speech, by utterance.
    pub takes: &'a Takes,
    /// The plan's beds, in its order.
    pub beds: &'a [Bed],
    /// Sound files, by cue.
    pub sounds: &'a Sounds,
    /// The noise of a room, and its level in dB of full scale.
    pub room: Option<(&'a Bed, Decibels)>,
}

/// A part of a session that can be read by itself; the four add up to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stem {
    /// What is said.
    Speech,
    /// Beds, and the noise of a room.
    Beds,
    /// Bells and sounds.
    Bells,
    /// Brainwave layers.
    Tones,
}

impl Stem {
    /// All of them, in the order in which they are mixed.
    pub const ALL: [Self; 4] = [Self::Beds, Self::Speech, Self::Bells, Self::Tones];

    /// Its name, as that of a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Beds => "beds",
            Self::Bells => "bells",
            Self::Tones => "tones",
        }
    }
}

/// A stroke of a bell, or a sound, at its place.
struct Stroke<'a> {
    start: u64,
    end: u64,
    sound: StrokeSound<'a>,
    gain: f32,
}

#[derive(Clone, Copy)]
enum StrokeSound<'a> {
    /// Which of the bells that were made.
    Made(usize),
    File(&'a Bed),
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
    /// Strokes and sounds, in order of their beginning.
    strokes: Vec<Stroke<'a>>,
    tones: Vec<ToneLayer>,
    /// The noise of a room and its gain.
    room: Option<(&'a Bed, f32)>,
}

impl<'a> Mix<'a> {
    /// A mix of a session.
    #[must_use]
    pub fn new(timeline: &'a Timeline, material: Material<'a>, levels: &'a Levels) -> Self {
        let relative = Decibels((levels.loudness - REFERENCE_LUFS) as f32);
        let tracks = material
            .beds
            .iter()
            .enumerate()
            .map(|(bed, sound)| {
                let moves = || timeline.beds.iter().filter(move |change| change.bed == bed);
                let mut level = Curve::constant(0.0);
                for change in moves() {
                    let to = change.level.map_or(0.0, |to| Decibels(to.0 + relative.0).amplitude());
                    level.change(change.at, change.over, to);
                }
                Track { bed: sound, start: moves().next().map_or(0, |first| first.at.0), level }
            })
            .collect();
        let (bells, strokes) = strokes(timeline, material.sounds, levels.loudness, relative);
        let tones = timeline.tones.iter().map(|tone| {
            // A tone in both ears is as loud in LUFS as its amplitude in dB.
            let amplitude = Decibels(tone.level.0 + levels.loudness as f32).amplitude();
            ToneLayer::new(tone, timeline.rate, amplitude)
        });
        Self {
            timeline,
            takes: material.takes,
            speech: &levels.speech,
            tracks,
            ducking: levels.ducking.curve(timeline),
            bells,
            strokes,
            tones: tones.collect(),
            room: material.room.map(|(bed, level)| (bed, Decibels(level.0 - REFERENCE_LUFS as f32).amplitude())),
        }
    }

    /// The length of the session.
    #[must_use]
    pub fn length(&self) -> Frames {
        self.timeline.length
    }

    /// Overwrites `out` with the frames from `at` on. What lies past the end is silent.
    pub fn read(&self, at: Frames, out: &mut [Stereo]) {
        self.read_stems(&Stem::ALL, at, out);
    }

    /// The same for some stems alone.
    pub fn read_stems(&self, stems: &[Stem], at: Frames, out: &mut [Stereo]) {
        self.alone(at, out, |at, heard| {
            for stem in stems {
                match stem {
                    Stem::Beds => self.add_beds(at, heard),
                    Stem::Speech => self.add_speech(at, heard),
                    Stem::Bells => self.add_strokes(at, heard),
                    Stem::Tones => self.add_tones(at, heard),
                }
            }
        });
    }

    /// Overwrites `out`, part by part, with what is added to silence.
    fn alone(&self, at: Frames, out: &mut [Stereo], add: impl Fn(u64, &mut [Stereo])) {
        let mut at = at.0;
        for part in out.chunks_mut(PART) {
            part.fill(Stereo::ZERO);
            let inside = self.timeline.length.0.saturating_sub(at).min(part.len() as u64) as usize;
            add(at, &mut part[..inside]);
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

    /// What a stroke that is cut off at the end of the session is multiplied by.
    fn closing(&self, at: u64) -> f32 {
        let closing = self.timeline.rate.frames(CLOSING).0;
        raised_cosine((self.timeline.length.0.saturating_sub(at) as f64 / closing as f64) as f32)
    }

    fn add_strokes(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        let mut block = [Stereo::ZERO; PART];
        for stroke in self.strokes.iter().take_while(|stroke| stroke.start < end) {
            let (from, to) = (at.max(stroke.start), end.min(stroke.end));
            let Some(count) = to.checked_sub(from).filter(|count| *count > 0) else { continue };
            let passed = from - stroke.start;
            let sound = match stroke.sound {
                StrokeSound::Made(bell) => &self.bells[bell][passed as usize..(passed + count) as usize],
                StrokeSound::File(file) => {
                    let block = &mut block[..count as usize];
                    file.read(Frames(passed), block);
                    block
                }
            };
            let heard = &mut out[(from - at) as usize..][..sound.len()];
            let cut_off = stroke.end > self.timeline.length.0;
            let gain = |node| if cut_off { stroke.gain * self.closing(node) } else { stroke.gain };
            along(from, heard.len(), gain, |i, gain| heard[i] += sound[i] * gain);
        }
    }

    fn add_tones(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        for tone in &self.tones {
            let (start, last) = tone.heard();
            let (from, to) = (at.max(start), end.min(last));
            if from < to {
                let heard = &mut out[(from - at) as usize..(to - at) as usize];
                along(
                    from,
                    heard.len(),
                    |node| tone.gain(node) * self.fade(node),
                    |i, gain| {
                        heard[i] += tone.sample(Frames(from + i as u64)) * gain;
                    },
                );
            }
        }
    }

    /// Overwrites `out` with one bed alone, as it is heard: ducked and faded. `bed` counts the plan's beds.
    pub fn read_bed(&self, bed: usize, at: Frames, out: &mut [Stereo]) {
        self.alone(at, out, |at, part| self.add_bed(&self.tracks[bed], at, part));
    }

    /// Overwrites `out` with the noise of the room alone.
    pub fn read_room(&self, at: Frames, out: &mut [Stereo]) {
        self.alone(at, out, |at, part| self.add_room(at, part));
    }

    /// How far beds are moved by speech and silences at a frame, in dB.
    #[must_use]
    pub fn ducking_db(&self, at: Frames) -> f32 {
        self.ducking.value(at.0)
    }

    fn add_beds(&self, at: u64, out: &mut [Stereo]) {
        self.tracks.iter().for_each(|track| self.add_bed(track, at, out));
        self.add_room(at, out);
    }

    fn add_bed(&self, track: &Track<'_>, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        if track.level.constant_in(at, end) == Some(0.0) || end <= track.start {
            return;
        }
        let mut block = [Stereo::ZERO; PART];
        let skipped = (track.start.saturating_sub(at) as usize).min(out.len());
        let (block, out) = (&mut block[..out.len() - skipped], &mut out[skipped..]);
        let from = at + skipped as u64;
        track.bed.read(Frames(from - track.start), block);
        along(from, block.len(), |node| self.bed_gain(track, node), |i, gain| out[i] += block[i] * gain);
    }

    fn add_room(&self, at: u64, out: &mut [Stereo]) {
        if let Some((room, gain)) = self.room {
            let mut block = [Stereo::ZERO; PART];
            let block = &mut block[..out.len()];
            room.read(Frames(at), block);
            out.iter_mut().zip(block).for_each(|(frame, noise)| *frame += *noise * gain);
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
        let fade_out = fade_out.max(self.timeline.rate.frames(CLOSING).0);
        let ratio = |part: u64, whole: u64| if whole == 0 { 1.0 } else { (part as f64 / whole as f64) as f32 };
        let rising = raised_cosine(ratio(at, fade_in));
        let falling = raised_cosine(ratio(self.timeline.length.0.saturating_sub(at), fade_out));
        rising * falling
    }
}

/// Works a gain out at the nodes of the grid, and hands out what lies straight between them for `count` frames from `at` on.
#[inline]
fn along(at: u64, count: usize, gain: impl Fn(u64) -> f32, mut each: impl FnMut(usize, f32)) {
    let mut done = 0;
    while done < count {
        let position = at + done as u64;
        let node = position / GRID * GRID;
        let some = ((node + GRID - position) as usize).min(count - done);
        let (low, high) = (gain(node), gain(node + GRID));
        let slope = (high - low) / GRID as f32;
        let offset = (position - node) as f32;
        for i in 0..some {
            each(done + i, low + slope * (offset + i as f32));
        }
        done += some;
    }
}

/// The bells that are struck, and strokes and sounds in order. A tail that would go on past the end of the session is cut there.
fn strokes<'a>(
    timeline: &Timeline,
    sounds: &'a Sounds,
    loudness: f64,
    relative: Decibels,
) -> (Vec<Vec<Stereo>>, Vec<Stroke<'a>>) {
    let mut kinds: Vec<BellKind> = Vec::new();
    let mut bells: Vec<Vec<Stereo>> = Vec::new();
    let mut strokes = Vec::new();
    for Strike { what, cue, at, level } in timeline.bells.iter().chain(&timeline.sounds) {
        // What is neither was refused when the session was prepared.
        let (sound, length, relative) = if let Some(file) = sounds.of(*cue) {
            (StrokeSound::File(file), file.length().unwrap_or(timeline.length).0, relative.0)
        } else if let Some(kind) = BellKind::ALL.into_iter().find(|kind| kind.name() == what) {
            let bell = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
                kinds.push(kind);
                bells.push(strike(kind, timeline.rate));
                kinds.len() - 1
            });
            (StrokeSound::Made(bell), bells[bell].len() as u64, (loudness - BELL_SPEECH_LUFS) as f32)
        } else {
            continue;
        };
        let gain = Decibels(level.0 + relative).amplitude();
        strokes.push(Stroke { start: at.0, end: at.0 + length, sound, gain });
    }
    strokes.sort_by_key(|stroke| stroke.start);
    (bells, strokes)
}

#[cfg(test)]
mod tests;
