//! Vorbis comments, with which FLAC and Opus files say what they are.

use super::Tags;
use crate::audio::SampleRate;

/// A comment block (Xiph.Org, "Ogg Vorbis I format specification: comment field and header specification"), without
/// the framing bit that only Vorbis itself has. Chapters are written as players read them: `CHAPTER001=00:01:30.000`
/// and `CHAPTER001NAME=...`.
pub(super) fn comments(tags: &Tags, rate: SampleRate) -> Vec<u8> {
    let mut entries = Vec::new();
    for (name, value) in
        [("TITLE", &tags.title), ("ARTIST", &tags.artist), ("DATE", &tags.date), ("UNDERTONE_SCRIPT", &tags.script)]
    {
        if let Some(value) = value {
            entries.push(format!("{name}={value}"));
        }
    }
    for (chapter, number) in tags.chapters.iter().zip(1..) {
        let millis = rate.duration(chapter.at).as_millis();
        let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        entries.push(format!("CHAPTER{number:03}={hours:02}:{minutes:02}:{seconds:02}.{:03}", millis % 1000));
        entries.push(format!("CHAPTER{number:03}NAME={}", chapter.title));
    }
    let mut block = Vec::new();
    let mut push = |bytes: &[u8]| {
        block.extend((bytes.len() as u32).to_le_bytes());
        block.extend(bytes);
    };
    push(concat!("undertone ", env!("CARGO_PKG_VERSION")).as_bytes());
    let count = entries.len() as u32;
    let mut fields = Vec::new();
    for entry in entries {
        fields.extend((entry.len() as u32).to_le_bytes());
        fields.extend(entry.into_bytes());
    }
    block.extend(count.to_le_bytes());
    block.extend(fields);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{audio::Frames, sink::Chapter};

    #[test]
    fn chapters_are_times_and_names() {
        let chapters = vec![Chapter { at: Frames(48_000 * 3661 + 24), title: "Rest".to_owned() }];
        let tags = Tags { title: Some("Nächte".to_owned()), chapters, ..Tags::default() };
        let block = comments(&tags, SampleRate::HZ_48000);
        let vendor = concat!("undertone ", env!("CARGO_PKG_VERSION"));
        let expected = [vendor, "TITLE=Nächte", "CHAPTER001=01:01:01.000", "CHAPTER001NAME=Rest"];
        let mut at = 0;
        for (i, text) in expected.into_iter().enumerate() {
            assert_eq!(block[at..at + 4], (text.len() as u32).to_le_bytes());
            assert_eq!(&block[at + 4..at + 4 + text.len()], text.as_bytes());
            at += 4 + text.len();
            if i == 0 {
                assert_eq!(block[at..at + 4], 3u32.to_le_bytes());
                at += 4;
            }
        }
        assert_eq!(at, block.len());
    }
}
