//! Several finished sessions in a row, with an ambience that goes through.

use super::{Heard, SoundFile, source::Source};
use crate::{
    audio::{Decibels, Frames, SampleRate, Stereo, raised_cosine},
    bed::{Bed, REFERENCE_LUFS},
    captions::Caption,
    error::Error,
    mix::Volumes,
    session::chain,
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

impl Piece {
    /// Opens its sound.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or has another rate than all that is played in a row.
    pub fn open(&self) -> Result<SoundFile, Error> {
        let file = SoundFile::open(&self.audio, self.captions.clone(), &[])?;
        if file.rate() == RATE {
            return Ok(file);
        }
        Err(Error::Request {
            message: format!("{} has {}, and sessions in a row need {RATE}", self.audio.display(), file.rate()),
            help: "render it again, or play it by itself".to_owned(),
        })
    }
}

/// Sessions in a row.
pub struct Row {
    pieces: Vec<Piece>,
    /// Where each begins.
    begins: Vec<Frames>,
    length: Frames,
    /// The number of a session, and its sound; none when it cannot be heard.
    open: Option<(usize, Option<SoundFile>)>,
    warning: Option<String>,
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
        Self { pieces, begins, length: at - RATE.frames(GAP), open: None, warning: None, bed }
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

    /// Opens a session. One that cannot be opened any more is silent, and the ambience and the others go on.
    fn file(&mut self, piece: usize) -> Option<&mut SoundFile> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != piece) {
            match self.pieces[piece].open() {
                Ok(file) => self.open = Some((piece, Some(file))),
                Err(error) => self.give_up(piece, &error),
            }
        }
        self.open.as_mut()?.1.as_mut()
    }

    fn give_up(&mut self, piece: usize, why: &Error) {
        self.warning = Some(format!("{} cannot be heard: {}", self.pieces[piece].title, chain(why)));
        self.open = Some((piece, None));
    }

    /// The session that is open, if it is this one and can be heard.
    fn opened(&self, piece: usize) -> Option<&SoundFile> {
        self.open.as_ref().filter(|(open, _)| *open == piece)?.1.as_ref()
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
        match self.opened(piece) {
            Some(file) if at < end => file.heard(at - self.begins[piece]),
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
        let left = end - at;
        let Some(file) = self.file(piece) else { return Ok(left) };
        let file_left = file.length() - inside;
        let ready = match file.ready(inside) {
            Ok(ready) => ready,
            Err(error) => {
                self.give_up(piece, &error);
                left
            }
        };
        // A file that is a little shorter than it was said to be is silent at its end.
        Ok(if file_left == Frames(0) { left } else { ready.min(left) })
    }

    fn hear(&mut self, at: Frames, out: &mut [Stereo], from: Volumes, to: Volumes) -> Volumes {
        out.fill(Stereo::ZERO);
        let (piece, end) = self.piece(at);
        let mut peaks = Volumes { voice: 0.0, bed: 0.0 };
        if let Some((open, Some(file))) = &mut self.open
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
            Some((_, Some(file))) => file.wait(time),
            _ => std::thread::sleep(time),
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
            && let Some(file) = self.file(piece)
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

    fn warnings(&mut self) -> Vec<String> {
        let open = self.open.as_mut().and_then(|(_, file)| file.as_mut());
        open.map(SoundFile::warnings).unwrap_or_default().into_iter().chain(self.warning.take()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_cannot_be_opened_is_silent_and_told_once() {
        let second = Duration::from_secs(1);
        let piece = Piece {
            title: "Gone".to_owned(),
            audio: PathBuf::from("nowhere/audio.flac"),
            captions: Vec::new(),
            length: 2 * second,
        };
        let mut row = Row::new(vec![piece], None);
        let at = RATE.frames(second);
        assert_eq!(row.ready(at).unwrap(), at);
        let mut heard = [Stereo { left: 1.0, right: 1.0 }; 4];
        let full = Volumes { voice: 1.0, bed: 1.0 };
        row.hear(at, &mut heard, full, full);
        assert_eq!(heard, [Stereo::ZERO; 4]);
        let told = row.warnings();
        assert!(told.len() == 1 && told[0].starts_with("Gone cannot be heard: "), "{told:?}");
        assert_eq!(row.warnings(), [""; 0]);
    }
}
