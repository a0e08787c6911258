//! A sound file as a bed: trimmed, looped without a seam, at the reference loudness.

use super::{
    BedError,
    decode::decode,
    generate::{fork, unit},
    reference_gain,
    seam::{Seam, gains},
    store::Store,
};
use crate::audio::{Frames, SampleRate, Stereo, raised_cosine};
pub use crate::script::LoopMode;
use std::{path::Path, time::Duration};

/// Below this a sample at an end is dead silence: -80 dB of full scale.
const DEAD: f32 = 1e-4;

/// The shortest sound that can be looped.
const SHORTEST: Duration = Duration::from_millis(100);

/// How much of a long file is measured.
const MEASURED: Duration = Duration::from_mins(10);

/// The edges of a file that plays once are faded over this time.
const EDGE: Duration = Duration::from_millis(10);

/// A decoded file.
#[derive(Debug)]
pub(super) struct FileBed {
    store: Store,
    /// The first frame that is heard.
    from: u64,
    /// Frames that are heard, of one lap or of one shuffled piece.
    span: u64,
    /// Frames in which one lap or piece passes into the next.
    fade: u64,
    way: Way,
    gain: f32,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Loop { likeness: f32 },
    Shuffle { room: u64, key: u64 },
    Once,
}

impl FileBed {
    pub(super) fn open(
        path: &Path,
        looping: LoopMode,
        points: Option<(Duration, Duration)>,
        rate: SampleRate,
        seed: u64,
    ) -> Result<(Self, Vec<String>), BedError> {
        let unusable = |problem: String| BedError::Unusable { path: path.to_owned(), problem };
        let decoded = decode(path, rate)?;
        let (store, mut warnings) = (decoded.store, decoded.warnings);
        let (begin, end) = loud_part(&store).ok_or_else(|| unusable("holds nothing but silence".into()))?;
        let (from, to) = match points {
            Some((from, to)) => {
                let (a, b) = (rate.frames(from).0, rate.frames(to).0);
                if a >= b || b > store.length() {
                    let length = rate.duration(Frames(store.length())).as_secs_f64();
                    return Err(unusable(format!("is {length:.2} s long; its loop must end in it, after it begins")));
                }
                (a, b)
            }
            None => match decoded.points {
                Some((a, b)) if a < b && b <= store.length() => (a, b),
                Some(_) => {
                    warnings.push(format!("{} names a loop outside its sound, which is not used", path.display()));
                    (begin, end)
                }
                None => (begin, end),
            },
        };
        let length = to - from;
        if length < rate.frames(SHORTEST).0 && !matches!(looping, LoopMode::Once) {
            let given = rate.duration(Frames(length)).as_secs_f64();
            return Err(unusable(format!("has {given:.4} s of sound; what is looped needs 0.1 s or more")));
        }
        let mut bed = Self { store, from, span: length, fade: 0, way: Way::Once, gain: 1.0 };
        match looping {
            LoopMode::Once => bed.fade = rate.frames(EDGE).0.min(length / 2),
            LoopMode::Crossfade(fade) => bed.close(rate.frames(fade).0, rate),
            LoopMode::Shuffle => {
                // Pieces long enough to sound like the file, short enough that there are many ways to lay them.
                let piece =
                    (length / 6).clamp(rate.frames(Duration::from_secs(4)).0, rate.frames(Duration::from_secs(30)).0);
                if piece * 2 <= length {
                    bed.fade = rate.frames(Duration::from_secs(2)).0.min(piece / 2);
                    bed.span = piece;
                    bed.way = Way::Shuffle { room: length - piece, key: fork(seed, 0x5f1e) };
                } else {
                    warnings.push(format!("{} is too short to be shuffled and is looped", path.display()));
                    bed.close(rate.frames(Duration::from_secs(3)).0, rate);
                }
            }
        }
        let measured = length.min(rate.frames(MEASURED).0);
        bed.gain = reference_gain(rate, measured, |at, out| bed.store.read(bed.from + at, out))
            .ok_or_else(|| unusable("holds nothing but silence".into()))?;
        Ok((bed, warnings))
    }

    /// Chooses the crossfade of a loop.
    fn close(&mut self, fade: u64, rate: SampleRate) {
        let fade = fade.min(self.span / 2).max(1);
        let farthest = (u64::from(rate.hertz()) / 50).min((self.span - fade) / 4);
        let looked = fade.min(1 << 16);
        let middle = (fade - looked) / 2;
        let mut head = vec![Stereo::ZERO; looked as usize];
        let mut tail = vec![Stereo::ZERO; (looked + farthest) as usize];
        self.store.read(self.from + middle, &mut head);
        self.store.read(self.from + self.span - fade - farthest + middle, &mut tail);
        let seam = Seam::find(&head, &tail, farthest as usize);
        self.span -= seam.shift as u64;
        self.fade = fade;
        self.way = Way::Loop { likeness: seam.likeness };
    }

    pub(super) fn length(&self) -> Option<Frames> {
        matches!(self.way, Way::Once).then_some(Frames(self.span))
    }

    /// Frames from one lap to the next, and frames of the crossfade.
    #[cfg(test)]
    pub(super) fn lap(&self) -> (u64, u64) {
        (self.span - self.fade, self.fade)
    }

    /// The first frame of a lap or piece.
    fn begin(&self, lap: u64) -> u64 {
        match self.way {
            Way::Shuffle { room, key } => self.from + (f64::from(unit(key, lap)) * room as f64) as u64,
            Way::Loop { .. } | Way::Once => self.from,
        }
    }

    pub(super) fn read(&self, at: Frames, out: &mut [Stereo]) {
        let likeness = match self.way {
            Way::Once => return self.read_once(at.0, out),
            Way::Loop { likeness } => likeness,
            Way::Shuffle { .. } => 0.0,
        };
        let period = self.span - self.fade;
        let mut position = at.0;
        let mut rest = out;
        let mut going = Vec::new();
        while !rest.is_empty() {
            let (lap, inside) = (position / period, position % period);
            let count = rest.len().min((period - inside) as usize);
            let (now, later) = rest.split_at_mut(count);
            self.store.read(self.begin(lap) + inside, now);
            if lap > 0 && inside < self.fade {
                going.resize(count.min((self.fade - inside) as usize), Stereo::ZERO);
                self.store.read(self.begin(lap - 1) + period + inside, &mut going);
                for (n, (frame, old)) in now.iter_mut().zip(&going).enumerate() {
                    let t = ((inside + n as u64) as f32 + 0.5) / self.fade as f32;
                    let (go, come) = gains(t, likeness);
                    *frame = *frame * come + *old * go;
                }
            }
            now.iter_mut().for_each(|frame| *frame = *frame * self.gain);
            position += count as u64;
            rest = later;
        }
    }

    fn read_once(&self, at: u64, out: &mut [Stereo]) {
        let count = self.span.saturating_sub(at).min(out.len() as u64) as usize;
        let (inside, past) = out.split_at_mut(count);
        past.fill(Stereo::ZERO);
        if count > 0 {
            self.store.read(self.from + at, inside);
        }
        for (n, frame) in inside.iter_mut().enumerate() {
            let position = at + n as u64;
            let edge = position.min(self.span - 1 - position);
            let fade = if edge < self.fade { raised_cosine((edge as f32 + 0.5) / self.fade as f32) } else { 1.0 };
            *frame = *frame * (self.gain * fade);
        }
    }
}

/// From the first frame that is not dead silence to after the last one.
fn loud_part(store: &Store) -> Option<(u64, u64)> {
    let mut block = vec![Stereo::ZERO; 1 << 13];
    let (mut first, mut last) = (None, 0);
    let mut at = 0;
    while at < store.length() {
        let count = (store.length() - at).min(block.len() as u64) as usize;
        store.read(at, &mut block[..count]);
        for (n, frame) in block[..count].iter().enumerate() {
            if frame.left.abs().max(frame.right.abs()) > DEAD {
                first.get_or_insert(at + n as u64);
                last = at + n as u64 + 1;
            }
        }
        at += count as u64;
    }
    first.map(|first| (first, last))
}
