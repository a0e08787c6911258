//! Several finished sessions in a row, with an ambience that goes through.

use super::{Heard, SoundFile, source::Source};
use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo, raised_cosine},
    bed::{Bed, REFERENCE_LUFS},
    captions::Caption,
    error::Error,
    mix::Volumes,
};
use std::{path::PathBuf, time::Duration};

/// The rate of sessions in a library, and of all that is played in a row.
const RATE: SampleRate = SampleRate::HZ_48000;

/// Between two sessions.
const GAP: Duration = Duration::from_secs(4);

/// The ambience comes and goes within this.
const FADE: Duration = Duration::from_secs(8);

/// The loudness of speech in LUFS that the level of the ambience is relative to: what sessions have unless they say otherwise.
const SPEECH_LUFS: f64 = -18.0;

/// What the sum of session and ambience is held to, in dBTP.
const CEILING: Decibels = Decibels(-1.0);

/// One session of a row.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What it is called.
    pub title: String,
    /// Its sound.
    pub audio: PathBuf,
    /// Its captions.
    pub captions: Vec<Caption>,
    /// How long it is.
    pub length: Duration,
}

/// Sessions in a row.
pub struct Row {
    pieces: Vec<Piece>,
    /// Where each begins.
    begins: Vec<Frames>,
    length: Frames,
    open: Option<(usize, SoundFile)>,
    /// An ambience and its gain.
    bed: Option<(Bed, f32)>,
}

impl Row {
    /// Puts sessions in a row; `bed` has a level in dB relative to their speech.
    #[must_use]
    pub fn new(pieces: Vec<Piece>, bed: Option<(Bed, Decibels)>) -> Self {
        let mut at = Frames(0);
        let mut begins = Vec::new();
        for piece in &pieces {
            begins.push(at);
            at = at + RATE.frames(piece.length) + RATE.frames(GAP);
        }
        let gain = |level: Decibels| Decibels(level.0 + (SPEECH_LUFS - REFERENCE_LUFS) as f32).amplitude();
        let bed = bed.map(|(bed, level)| (bed, gain(level)));
        Self { pieces, begins, length: at - RATE.frames(GAP), open: None, bed }
    }

    /// Where each session begins, and ends.
    #[must_use]
    pub fn spans(&self) -> Vec<(Duration, Duration)> {
        let span = |(begin, piece): (&Frames, &Piece)| {
            let begin = RATE.duration(*begin);
            (begin, begin + piece.length)
        };
        self.begins.iter().zip(&self.pieces).map(span).collect()
    }

    /// The session at a frame, and where it ends.
    fn piece(&self, at: Frames) -> (usize, Frames) {
        let piece = self.begins.partition_point(|begin| *begin <= at).saturating_sub(1);
        let length = self.pieces.get(piece).map_or(Frames(0), |piece| RATE.frames(piece.length));
        (piece, self.begins.get(piece).copied().unwrap_or_default() + length)
    }

    /// Opens the session at a frame, if there is one.
    fn file(&mut self, piece: usize) -> Result<&mut SoundFile, Error> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != piece) {
            let Piece { audio, captions, .. } = &self.pieces[piece];
            let file = SoundFile::open(audio, captions.clone(), &[])?;
            if file.rate() != RATE {
                return Err(Error::Request {
                    message: format!("{} has {}, and sessions in a row need {RATE}", audio.display(), file.rate()),
                    help: "render it again, or play it by itself".to_owned(),
                });
            }
            self.open = None;
            return Ok(&mut self.open.insert((piece, file)).1);
        }
        match &mut self.open {
            Some((_, file)) => Ok(file),
            None => Err(Error::Interrupted),
        }
    }
}

impl Source for Row {
    fn rate(&self) -> SampleRate {
        RATE
    }

    fn length(&self) -> Frames {
        self.length
    }

    fn prepared(&self) -> Frames {
        self.length
    }

    fn chapters(&self) -> Vec<(Frames, String)> {
        self.begins.iter().copied().zip(self.pieces.iter().map(|piece| piece.title.clone())).collect()
    }

    fn heard(&self, at: Frames) -> Heard {
        let (piece, end) = self.piece(at);
        match &self.open {
            Some((open, file)) if *open == piece && at < end => file.heard(at - self.begins[piece]),
            _ => Heard::Unknown,
        }
    }

    fn ready(&mut self, at: Frames) -> Result<Frames, Error> {
        let (piece, end) = self.piece(at);
        if at >= end {
            // In the gap nothing but the ambience is heard.
            let next = self.begins.get(piece + 1).copied().unwrap_or(self.length);
            return Ok(next - at);
        }
        let inside = at - self.begins[piece];
        let ready = self.file(piece)?.ready(inside)?;
        let left = end - at;
        let file_left = self.file(piece)?.length() - inside;
        // A file that is a little shorter than it was said to be is silent at its end.
        Ok(if file_left == Frames(0) { left } else { ready.min(left) })
    }

    fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        out.fill(Stereo::ZERO);
        let (piece, end) = self.piece(at);
        let mut peaks = Volumes { voice: 0.0, bed: 0.0 };
        if let Some((open, file)) = &mut self.open
            && *open == piece
            && at < end
        {
            let count = (end - at).0.min(out.len() as u64) as usize;
            peaks = file.hear(at - self.begins[piece], &mut out[..count], from, to);
        }
        let Some((bed, gain)) = &self.bed else { return peaks };
        let mut under = vec![Stereo::ZERO; out.len()];
        bed.read(at, &mut under);
        let (fade, step) = (RATE.frames(FADE).0 as f32, (to.bed - from.bed) / out.len() as f32);
        for (i, (frame, under)) in out.iter_mut().zip(under).enumerate() {
            let place = at.0 + i as u64;
            let edge = place.min(self.length.0.saturating_sub(place)) as f32 / fade;
            let heard = under * (gain * raised_cosine(edge) * (from.bed + step * i as f32));
            peaks.bed = peaks.bed.max(heard.left.abs()).max(heard.right.abs());
            *frame += heard;
        }
        peaks
    }

    fn wait(&self, time: Duration) {
        match &self.open {
            Some((_, file)) => file.wait(time),
            None => std::thread::sleep(time),
        }
    }

    fn hold(&mut self, _: Frames) -> bool {
        false
    }

    fn jump(&mut self, to: Frames) -> Frames {
        let to = to.min(self.length);
        let (piece, end) = self.piece(to);
        let begin = self.begins.get(piece).copied().unwrap_or_default();
        if to < end
            && let Ok(file) = self.file(piece)
        {
            file.jump(to - begin);
        }
        to
    }

    fn finish(&self) -> Option<(Decibels, u64)> {
        Some((CEILING, 0))
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn has_stems(&self) -> bool {
        self.bed.is_some()
    }

    fn warnings(&self) -> Vec<String> {
        self.open.as_ref().map(|(_, file)| file.warnings()).unwrap_or_default()
    }
}
