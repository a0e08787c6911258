//! What a sound file says before it is decoded: whether it is one, and the chapters of a WAV file.

use super::riff::{Chunks, word};
use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

/// Whether a file begins as a sound file does, or is called one: what is wrong with a sound is not told of it as a script then.
#[must_use]
pub fn is_sound(path: &Path) -> bool {
    const ENDINGS: [&str; 9] = ["wav", "flac", "opus", "ogg", "mp3", "aac", "m4a", "aif", "aiff"];
    path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
        || begins(path)
}

fn begins(path: &Path) -> bool {
    // Asked before it is opened: opening a pipe waits for its writer.
    if !fs::metadata(path).is_ok_and(|about| about.is_file()) {
        return false;
    }
    let mut head = Vec::new();
    if File::open(path).and_then(|file| file.take(12).read_to_end(&mut head)).is_err() {
        return false;
    }
    match &head[..] {
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'F', b'O', b'R', b'M', ..] => true,
        [b'f', b'L', b'a', b'C', ..] | [b'O', b'g', b'g', b'S', ..] | [b'I', b'D', b'3', ..] => true,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => true,
        // A frame of MPEG; FF FE begins text in UTF-16.
        [0xff, second, ..] => second & 0xe0 == 0xe0 && *second < 0xfe,
        _ => false,
    }
}

/// The chapters of a WAV file: its cue points in seconds from the start, in order, and their labels. Another file has none.
#[must_use]
pub fn chapters(path: &Path) -> Vec<(f64, String)> {
    let mut found = Found::default();
    if let Ok(mut file) = File::open(path) {
        // A file that breaks off has the chapters that were found before.
        found.read(&mut file);
    }
    let Found { rate, mut cues, labels, .. } = found;
    cues.sort_by_key(|(_, at)| *at);
    let label = |id: u32| labels.iter().find(|(of, _)| *of == id).map(|(_, label)| label.clone());
    let chapters = cues.iter().enumerate().map(|(n, (id, at))| {
        (f64::from(*at) / f64::from(rate.max(1)), label(*id).unwrap_or_else(|| (n + 1).to_string()))
    });
    if rate == 0 { Vec::new() } else { chapters.collect() }
}

#[derive(Default)]
struct Found {
    rate: u32,
    cues: Vec<(u32, u32)>,
    labels: Vec<(u32, String)>,
}

impl Found {
    fn read(&mut self, file: &mut File) {
        let Some(mut chunks) = Chunks::of(file) else { return };
        while let Some(chunk) = chunks.next() {
            if matches!(&chunk.id, b"fmt " | b"cue " | b"LIST")
                && let Some(body) = chunks.body(&chunk)
            {
                self.chunk(&chunk.id, &body);
            }
        }
    }

    fn chunk(&mut self, id: &[u8], body: &[u8]) {
        match id {
            b"fmt " => self.rate = word(body, 4).unwrap_or(0),
            // How many, then 24 bytes each: its number first, its frame last.
            b"cue " => {
                let points = body.get(4..).unwrap_or_default().chunks_exact(24);
                self.cues.extend(points.filter_map(|point| Some((word(point, 0)?, word(point, 20)?))));
            }
            _ => self.labels(body),
        }
    }

    fn labels(&mut self, list: &[u8]) {
        let Some(mut rest) = list.strip_prefix(b"adtl") else { return };
        while let Some(size) = word(rest, 4) {
            let size = size as usize;
            let Some(body) = rest.get(8..8 + size) else { return };
            if let (b"labl", Some(id)) = (&rest[..4], word(body, 0)) {
                let text = body[4..].split(|byte| *byte == 0).next().unwrap_or_default();
                self.labels.push((id, String::from_utf8_lossy(text).into_owned()));
            }
            rest = rest.get(8 + size + size % 2..).unwrap_or_default();
        }
    }
}
