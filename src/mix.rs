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
        bell::{BellKind, length},
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

/// A bed's level over time.
struct Track {
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
struct Stroke {
    start: u64,
    end: u64,
    sound: StrokeSound,
    gain: f32,
}

#[derive(Clone, Copy)]
enum StrokeSound {
    /// A bell that was made.
    Made(BellKind),
    /// The file of a cue.
    File(usize),
}

/// The loudness of speech in LUFS with which a bell of 0 dB is as loud as it is made.
const BELL_SPEECH_LUFS: f64 = -18.0;

/// Everything that is worked out of a timeline before it is read.
pub struct Score {
    timeline: Timeline,
    tracks: Vec<Track>,
    /// The gain of the beds in dB.
    ducking: Curve,
    /// Strokes and sounds, in order of their beginning.
    strokes: Vec<Stroke>,
    tones: Vec<ToneLayer>,
    /// The gain of the noise of a room.
    room: f32,
}

impl Score {
    /// The score of a timeline.
    #[must_use]
    pub fn new(timeline: Timeline, material: Material<'_>, levels: &Levels) -> Self {
        let relative = Decibels((levels.loudness - REFERENCE_LUFS) as f32);
        let track = |bed| {
            let moves = || timeline.beds.iter().filter(move |change| change.bed == bed);
            let mut level = Curve::constant(0.0);
            for change in moves() {
                let to = change.level.map_or(0.0, |to| Decibels(to.0 + relative.0).amplitude());
                level.change(change.at, change.over, to);
            }
            Track { start: moves().next().map_or(0, |first| first.at.0), level }
        };
        let tones = timeline.tones.iter().map(|tone| {
            // A tone in both ears is as loud in LUFS as its amplitude in dB.
            let amplitude = Decibels(tone.level.0 + levels.loudness as f32).amplitude();
            ToneLayer::new(tone, timeline.rate, amplitude)
        });
        Self {
            tracks: (0..material.beds.len()).map(track).collect(),
            ducking: levels.ducking.curve(&timeline),
            strokes: strokes(&timeline, material.sounds, levels.loudness, relative),
            tones: tones.collect(),
            room: material.room.map_or(0.0, |(_, level)| Decibels(level.0 - REFERENCE_LUFS as f32).amplitude()),
            timeline,
        }
    }

    /// When everything is heard.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// The timeline, when nothing is read any more.
    #[must_use]
    pub fn into_timeline(self) -> Timeline {
        self.timeline
    }
}

/// A session that can be read at any place.
#[derive(Clone, Copy)]
pub struct Mix<'a> {
    score: &'a Score,
    material: Material<'a>,
    levels: &'a Levels,
}

/// What a person adds to the voice (bells too) and to what lies under it, as factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Volumes {
    /// The voice and bells.
    pub voice: f32,
    /// Beds, the noise of a room, and tones.
    pub bed: f32,
}

impl Volumes {
    /// Everything as it is rendered.
    pub const UNITY: Self = Self { voice: 1.0, bed: 1.0 };
}

impl<'a> Mix<'a> {
    /// A mix of a session. `material` and `levels` are those that the score was made for.
    #[must_use]
    pub fn new(score: &'a Score, material: Material<'a>, levels: &'a Levels) -> Self {
        Self { score, material, levels }
    }

    /// The length of the session.
    #[must_use]
    pub fn length(&self) -> Frames {
        self.score.timeline.length
    }

    /// Overwrites `out` with the frames from `at` on. What lies past the end is silent.
    pub fn read(&self, at: Frames, out: &mut [Stereo]) {
        self.read_stems(&Stem::ALL, at, out);
    }

    /// The same with volumes that move evenly from one setting to another over the block; also the highest sample of the speech and
    /// of the beds in it. At unity the frames are those of [`Mix::read`], bit for bit.
    pub fn hear(&self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        let length = out.len() as f32;
        let (mut at, mut done) = (at.0, 0.0);
        let mut peaks = Volumes { voice: 0.0, bed: 0.0 };
        let mut stem = [Stereo::ZERO; PART];
        for part in out.chunks_mut(PART) {
            part.fill(Stereo::ZERO);
            let inside = self.score.timeline.length.0.saturating_sub(at).min(part.len() as u64) as usize;
            for which in Stem::ALL {
                let (from, to, peak) = match which {
                    Stem::Speech => (from.voice, to.voice, Some(&mut peaks.voice)),
                    Stem::Bells => (from.voice, to.voice, None),
                    Stem::Beds => (from.bed, to.bed, Some(&mut peaks.bed)),
                    Stem::Tones => (from.bed, to.bed, None),
                };
                if peak.is_none() && (from, to) == (1.0, 1.0) {
                    self.add(which, at, &mut part[..inside]);
                    continue;
                }
                let stem = &mut stem[..inside];
                stem.fill(Stereo::ZERO);
                self.add(which, at, stem);
                let step = (to - from) / length;
                let mut highest = 0f32;
                for (i, (frame, heard)) in part.iter_mut().zip(&*stem).enumerate() {
                    let heard = *heard * (from + step * (done + i as f32));
                    highest = highest.max(heard.left.abs()).max(heard.right.abs());
                    *frame += heard;
                }
                if let Some(peak) = peak {
                    *peak = peak.max(highest);
                }
            }
            at += part.len() as u64;
            done += part.len() as f32;
        }
        peaks
    }

    fn add(&self, stem: Stem, at: u64, heard: &mut [Stereo]) {
        match stem {
            Stem::Beds => self.add_beds(at, heard),
            Stem::Speech => self.add_speech(at, heard),
            Stem::Bells => self.add_strokes(at, heard),
            Stem::Tones => self.add_tones(at, heard),
        }
    }

    /// The same for some stems alone.
    pub fn read_stems(&self, stems: &[Stem], at: Frames, out: &mut [Stereo]) {
        self.alone(at, out, |at, heard| {
            for stem in stems {
                self.add(*stem, at, heard);
            }
        });
    }

    /// Overwrites `out`, part by part, with what is added to silence.
    fn alone(&self, at: Frames, out: &mut [Stereo], add: impl Fn(u64, &mut [Stereo])) {
        let mut at = at.0;
        for part in out.chunks_mut(PART) {
            part.fill(Stereo::ZERO);
            let inside = self.score.timeline.length.0.saturating_sub(at).min(part.len() as u64) as usize;
            add(at, &mut part[..inside]);
            at += part.len() as u64;
        }
    }

    fn add_speech(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        let speech = &self.score.timeline.speech;
        let first = speech.partition_point(|placement| placement.end().0 <= at);
        let mut samples = [0f32; PART];
        for placement in speech[first..].iter().take_while(|placement| placement.start.0 < end) {
            let from = at.max(placement.start.0);
            let to = end.min(placement.end().0);
            let Some(count) = to.checked_sub(from).filter(|count| *count > 0) else { continue };
            let samples = &mut samples[..count as usize];
            self.material.takes.read(placement.utterance, Frames(from - placement.start.0), samples);
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
        let gain = self.levels.speech[placement.utterance] * placement.gain;
        if placement.pan == 0.0 {
            return Stereo::mono(gain);
        }
        let angle = (placement.pan.clamp(-1.0, 1.0) + 1.0) * std::f32::consts::FRAC_PI_4;
        Stereo { left: angle.cos(), right: angle.sin() } * (gain * std::f32::consts::SQRT_2)
    }

    /// What a stroke that is cut off at the end of the session is multiplied by.
    fn closing(&self, at: u64) -> f32 {
        let closing = self.score.timeline.rate.frames(CLOSING).0;
        raised_cosine((self.score.timeline.length.0.saturating_sub(at) as f64 / closing as f64) as f32)
    }

    fn add_strokes(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        let mut block = [Stereo::ZERO; PART];
        for stroke in self.score.strokes.iter().take_while(|stroke| stroke.start < end) {
            let (from, to) = (at.max(stroke.start), end.min(stroke.end));
            let Some(count) = to.checked_sub(from).filter(|count| *count > 0) else { continue };
            let passed = from - stroke.start;
            let sound = match stroke.sound {
                StrokeSound::Made(bell) => &self.material.sounds.bell(bell, self.score.timeline.rate)
                    [passed as usize..(passed + count) as usize],
                StrokeSound::File(cue) => {
                    let block = &mut block[..count as usize];
                    if let Some(file) = self.material.sounds.of(cue) {
                        file.read(Frames(passed), block);
                    }
                    block
                }
            };
            let heard = &mut out[(from - at) as usize..][..sound.len()];
            let cut_off = stroke.end > self.score.timeline.length.0;
            let gain = |node| if cut_off { stroke.gain * self.closing(node) } else { stroke.gain };
            along(from, heard.len(), gain, |i, gain| heard[i] += sound[i] * gain);
        }
    }

    fn add_tones(&self, at: u64, out: &mut [Stereo]) {
        let end = at + out.len() as u64;
        for tone in &self.score.tones {
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
        self.alone(at, out, |at, part| self.add_bed(bed, at, part));
    }

    /// Overwrites `out` with the noise of the room alone.
    pub fn read_room(&self, at: Frames, out: &mut [Stereo]) {
        self.alone(at, out, |at, part| self.add_room(at, part));
    }

    /// How far beds are moved by speech and silences at a frame, in dB.
    #[must_use]
    pub fn ducking_db(&self, at: Frames) -> f32 {
        self.score.ducking.value(at.0)
    }

    fn add_beds(&self, at: u64, out: &mut [Stereo]) {
        (0..self.score.tracks.len()).for_each(|bed| self.add_bed(bed, at, out));
        self.add_room(at, out);
    }

    fn add_bed(&self, bed: usize, at: u64, out: &mut [Stereo]) {
        let track = &self.score.tracks[bed];
        let end = at + out.len() as u64;
        if track.level.constant_in(at, end) == Some(0.0) || end <= track.start {
            return;
        }
        let mut block = [Stereo::ZERO; PART];
        let skipped = (track.start.saturating_sub(at) as usize).min(out.len());
        let (block, out) = (&mut block[..out.len() - skipped], &mut out[skipped..]);
        let from = at + skipped as u64;
        self.material.beds[bed].read(Frames(from - track.start), block);
        along(from, block.len(), |node| self.bed_gain(track, node), |i, gain| out[i] += block[i] * gain);
    }

    fn add_room(&self, at: u64, out: &mut [Stereo]) {
        if let Some((room, _)) = self.material.room {
            let gain = self.score.room;
            let mut block = [Stereo::ZERO; PART];
            let block = &mut block[..out.len()];
            room.read(Frames(at), block);
            out.iter_mut().zip(block).for_each(|(frame, noise)| *frame += *noise * gain);
        }
    }

    /// The gain of a bed at a frame: its own level, the ducking, and the session's fades.
    fn bed_gain(&self, track: &Track, at: u64) -> f32 {
        let level = track.level.value(at);
        if level == 0.0 {
            return 0.0;
        }
        level * Decibels(self.score.ducking.value(at)).amplitude() * self.fade(at)
    }

    /// The fades at the session's beginning and end.
    fn fade(&self, at: u64) -> f32 {
        let (Frames(fade_in), Frames(fade_out)) = self.score.timeline.fades;
        let fade_out = fade_out.max(self.score.timeline.rate.frames(CLOSING).0);
        let ratio = |part: u64, whole: u64| if whole == 0 { 1.0 } else { (part as f64 / whole as f64) as f32 };
        let rising = raised_cosine(ratio(at, fade_in));
        let falling = raised_cosine(ratio(self.score.timeline.length.0.saturating_sub(at), fade_out));
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

/// Strokes and sounds in order. A tail that would go on past the end of the session is cut there.
fn strokes(timeline: &Timeline, sounds: &Sounds, loudness: f64, relative: Decibels) -> Vec<Stroke> {
    let mut strokes = Vec::new();
    for Strike { what, cue, at, level } in timeline.bells.iter().chain(&timeline.sounds) {
        // What is neither was refused when the session was prepared.
        let (sound, length, relative) = if let Some(file) = sounds.of(*cue) {
            (StrokeSound::File(*cue), file.length().unwrap_or(timeline.length).0, relative.0)
        } else if let Some(kind) = BellKind::ALL.into_iter().find(|kind| kind.name() == what) {
            (StrokeSound::Made(kind), length(kind, timeline.rate) as u64, (loudness - BELL_SPEECH_LUFS) as f32)
        } else {
            continue;
        };
        let gain = Decibels(level.0 + relative).amplitude();
        strokes.push(Stroke { start: at.0, end: at.0 + length, sound, gain });
    }
    strokes.sort_by_key(|stroke| stroke.start);
    strokes
}

#[cfg(test)]
mod tests;
