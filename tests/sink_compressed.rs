//! FLAC, Opus and MP3 files, decoded by others than wrote them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use std::{fs, path::Path};

use undertone::{
    audio::{Frames, SampleRate, Stereo},
    sink::{Chapter, Sink, SinkError, Tags, Written},
};

const RATE: SampleRate = SampleRate::HZ_48000;
const FRAMES: usize = 100_123;

fn sound() -> Vec<Stereo> {
    (0..FRAMES)
        .map(|i| Stereo { left: (i as f32 * 0.05).sin() * 0.5, right: (i as f32 * 0.013).cos() * 0.25 })
        .collect()
}

fn tags() -> Tags {
    let chapter = |at, title: &str| Chapter { at: Frames(at), title: title.to_owned() };
    Tags {
        title: Some("Stille Nächte".to_owned()),
        artist: None,
        date: Some("2026".to_owned()),
        chapters: vec![chapter(0, "Arrive"), chapter(48_000, "Rest")],
        script: Some("# Rest\n".to_owned()),
    }
}

fn fill<S: Sink<Done = Written>>(mut sink: S) {
    for block in sound().chunks(1234) {
        sink.write(block).unwrap();
    }
    assert_eq!(sink.finish().unwrap(), Written { frames: Frames(FRAMES as u64), clipped: 0 });
}

/// The level of what is left of `sound` in dB when the decoded frames are taken from it.
fn difference(decoded: &[[f32; 2]]) -> f32 {
    assert_eq!(decoded.len(), FRAMES);
    let sum: f64 =
        decoded.iter().zip(sound()).map(|(a, b)| f64::from((a[0] - b.left).powi(2) + (a[1] - b.right).powi(2))).sum();
    (10.0 * (sum / (2 * FRAMES) as f64).log10()) as f32
}

/// Decodes with Symphonia, which cuts off what an encoder added at both ends.
#[cfg(any(feature = "flac", feature = "mp3"))]
fn decode(path: &Path) -> Vec<[f32; 2]> {
    use symphonia::core::{
        codecs::audio::AudioDecoderOptions,
        formats::{FormatOptions, TrackType, probe::Hint},
        io::MediaSourceStream,
        meta::MetadataOptions,
    };
    let stream = MediaSourceStream::new(
        Box::new(fs::File::open(path).unwrap()),
        symphonia::core::io::MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap().clone();
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(&parameters, &AudioDecoderOptions::default().verify(true))
        .unwrap();
    let mut frames = Vec::new();
    let mut samples: Vec<f32> = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        let decoded = decoder.decode(&packet).unwrap();
        decoded.copy_to_vec_interleaved(&mut samples);
        frames.extend(samples.chunks(2).map(|pair| [pair[0], pair[1]]));
    }
    assert_ne!(decoder.finalize().verify_ok, Some(false));
    frames
}

#[cfg(feature = "flac")]
mod flac {
    use undertone::sink::{FlacOptions, FlacSink};

    use super::*;

    fn write(path: &Path, deep: bool) {
        let options = FlacOptions { deep, seed: 1, tags: tags() };
        fill(FlacSink::create(path, RATE, Frames(FRAMES as u64), options).unwrap());
    }

    #[test]
    fn flac_loses_nothing_but_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        for (deep, floor) in [(false, -95.0), (true, -143.0)] {
            write(&path, deep);
            let left = difference(&decode(&path));
            assert!(left < floor, "{left} dB");
        }
    }

    #[test]
    fn flac_names_its_length_and_its_chapters() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        write(&path, false);
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes[..8], *b"fLaC\0\0\0\x22");
        assert_eq!(u64::from_be_bytes(bytes[18..26].try_into().unwrap()) & 0xf_ffff_ffff, FRAMES as u64);
        assert_ne!(bytes[26..42], [0; 16]);
        let text = String::from_utf8_lossy(&bytes[..1000]);
        assert!(text.contains("TITLE=Stille Nächte") && text.contains("CHAPTER002=00:00:01.000"));
    }

    #[test]
    fn silent_and_empty_flac_files_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.flac");
        for frames in [0, 1, 5000] {
            let total = Frames(frames as u64);
            let mut sink = FlacSink::create(&path, RATE, total, FlacOptions::default()).unwrap();
            sink.write(&vec![Stereo::ZERO; frames]).unwrap();
            assert_eq!(sink.finish().unwrap().frames, total);
            if frames > 0 {
                assert_eq!(decode(&path), vec![[0.0, 0.0]; frames]);
            }
        }
    }
}

#[cfg(feature = "opus")]
mod opus {
    use undertone::sink::{OpusOptions, OpusSink};

    use super::*;

    /// The packets after the two of the header, what is to be dropped at the start, and the last page's position.
    fn decode(path: &Path) -> (Vec<[f32; 2]>, u64, u64) {
        let mut reader = ogg::PacketReader::new(fs::File::open(path).unwrap());
        let head = reader.read_packet().unwrap().unwrap().data;
        assert_eq!(&head[..8], b"OpusHead");
        let skip = u64::from(u16::from_le_bytes([head[10], head[11]]));
        let comment = reader.read_packet().unwrap().unwrap().data;
        assert!(String::from_utf8_lossy(&comment).contains("CHAPTER002NAME=Rest"));
        let mut decoder = opusic_c::Decoder::new(opusic_c::Channels::Stereo, opusic_c::SampleRate::Hz48000).unwrap();
        let (mut frames, mut end) = (Vec::new(), 0);
        while let Some(packet) = reader.read_packet().unwrap() {
            let mut samples = [0f32; 2 * 960];
            assert_eq!(decoder.decode_float_to_slice(&packet.data, &mut samples, false).unwrap(), 960);
            frames.extend(samples.chunks(2).map(|pair| [pair[0], pair[1]]));
            end = packet.absgp_page();
        }
        (frames, skip, end)
    }

    #[test]
    fn opus_keeps_the_length_and_the_sound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.opus");
        fill(OpusSink::create(&path, RATE, &OpusOptions { tags: tags(), ..OpusOptions::default() }).unwrap());
        let (frames, skip, end) = decode(&path);
        assert_eq!(end - skip, FRAMES as u64);
        assert!(frames.len() as u64 >= end && frames.len() as u64 - end < 960);
        let left = difference(&frames[skip as usize..end as usize]);
        assert!(left < -35.0, "{left} dB");
    }

    #[test]
    fn a_rate_that_opus_does_not_know_is_refused_with_those_it_knows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.opus");
        let Err(error) = OpusSink::create(&path, SampleRate::new(44_100).unwrap(), &OpusOptions::default()) else {
            panic!("44.1 kHz is not known");
        };
        assert!(matches!(error, SinkError::Rate { .. }));
        assert_eq!(error.to_string(), "Opus has no rate of 44100 Hz; render at 48000, 24000, 16000, 12000 or 8000 Hz");
        assert!(!path.exists());
    }
}

#[cfg(feature = "mp3")]
mod mp3 {
    use undertone::sink::{Mp3Options, Mp3Sink};

    use super::*;

    #[test]
    fn mp3_keeps_the_length_and_the_sound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp3");
        fill(Mp3Sink::create(&path, RATE, Frames(FRAMES as u64), &Mp3Options { tags: tags() }).unwrap());
        let bytes = fs::read(&path).unwrap();
        assert_eq!(&bytes[..6], b"ID3\x04\0\0");
        let text = String::from_utf8_lossy(&bytes[..1000]);
        assert!(text.contains("TIT2") && text.contains("Stille Nächte") && text.contains("CTOC"));
        let left = difference(&decode(&path));
        assert!(left < -35.0, "{left} dB");
    }
}
