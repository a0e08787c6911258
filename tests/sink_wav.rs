//! WAV files as other programs and the file system see them.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::Path,
};

use undertone::{
    audio::{Frames, SampleRate, Stereo},
    sink::{
        Chapter, Rf64, Samples, Sink, SinkError, Tags, WavOptions, WavSink, WavSpec, WavStream, Written, wav_limit,
    },
};

const SPEC: WavSpec = WavSpec { rate: SampleRate::HZ_48000, samples: Samples::Int16 };

fn sound(frames: usize) -> Vec<Stereo> {
    (0..frames).map(|i| Stereo { left: (i as f32 * 0.05).sin() * 0.5, right: -0.25 }).collect()
}

fn create(path: &Path, total: usize) -> Result<WavSink, SinkError> {
    WavSink::create(path, SPEC, Frames(total as u64), WavOptions::default())
}

fn write(path: &Path, frames: &[Stereo], block: usize) -> Written {
    let mut sink = create(path, frames.len()).unwrap();
    for part in frames.chunks(block) {
        sink.write(part).unwrap();
    }
    sink.finish().unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let frames = sound(10_000);
    assert_eq!(write(&path, &frames, 1000), Written { frames: Frames(10_000), clipped: 0 });
    assert_eq!(fs::metadata(&path).unwrap().len(), 44 + 40_000);
    let mut reader = hound::WavReader::open(&path).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 16));
    assert_eq!(reader.duration(), 10_000);
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    for (pair, frame) in samples.chunks(2).zip(&frames) {
        assert!((f32::from(pair[0]) - frame.left * 32_768.0).abs() <= 1.5);
        assert!((f32::from(pair[1]) - frame.right * 32_768.0).abs() <= 1.5);
    }
    assert_eq!(names(folder.path()), ["a.wav"]);
}

#[test]
fn the_bytes_do_not_depend_on_the_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("1.wav"), folder.path().join("2.wav"));
    let frames = sound(10_000);
    write(&one, &frames, 10_000);
    write(&other, &frames, 77);
    assert_eq!(fs::read(one).unwrap(), fs::read(other).unwrap());
}

#[test]
fn silence_is_written_as_zeros() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write(&path, &[Stereo::ZERO; 5000], 512);
    assert!(fs::read(path).unwrap()[44..].iter().all(|&byte| byte == 0));
}

#[test]
fn samples_beyond_full_scale_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let frames = [Stereo { left: 1.5, right: 0.5 }, Stereo { left: -2.0, right: f32::INFINITY }];
    assert_eq!(write(&folder.path().join("a.wav"), &frames, 2).clipped, 3);
}

#[test]
fn an_old_file_stays_until_the_new_one_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    fs::write(&path, "old").unwrap();
    let mut sink = create(&path, 100).unwrap();
    sink.write(&sound(50)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    let part = names(folder.path()).remove(0);
    assert!(part.starts_with(".a.wav.") && part.ends_with(".undertone-part"), "{part}");
    drop(sink);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["a.wav"]);
    write(&path, &sound(100), 100);
    assert_eq!(fs::metadata(&path).unwrap().len(), 444);
    assert_eq!(names(folder.path()), ["a.wav"]);
}

#[test]
fn a_file_with_fewer_frames_than_announced_says_so_in_its_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut sink = create(&path, 100).unwrap();
    sink.write(&sound(60)).unwrap();
    assert_eq!(sink.finish().unwrap().frames, Frames(60));
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 60);
    assert_eq!(&fs::read(&path).unwrap()[4..8], (60u32 * 4 + 36).to_le_bytes());
}

#[test]
fn strays_of_a_killed_render_go_and_parts_that_are_being_written_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let at = |name: &str| folder.path().join(name);
    let kept = [".a.wav.undertone-part", ".b.wav.00000000.undertone-part", ".a.wav.0000000g.undertone-part"];
    for name in kept.iter().chain(&[".a.wav.0123abcd.undertone-part"]) {
        fs::write(at(name), "left").unwrap();
    }
    let running = create(&path, 10).unwrap();
    assert!(!at(".a.wav.0123abcd.undertone-part").exists());
    let second = create(&path, 10).unwrap();
    assert_eq!(names(folder.path()).len(), kept.len() + 2);
    drop((running, second));
    let mut expected = kept;
    expected.sort_unstable();
    assert_eq!(names(folder.path()), expected);
}

#[test]
fn a_path_that_cannot_be_written_is_refused_before_the_render() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let refusal =
        |path: &Path| create(path, 10).unwrap_err().to_string().replace(&*folder.path().to_string_lossy(), "F");
    assert_eq!(refusal(folder.path()), "cannot write F: it is a folder; name a file in it");
    assert_eq!(refusal(&at("no/a.wav")), "cannot write F/no/a.wav: there is no folder F/no; create it first");
    assert_eq!(refusal(&at("new/")), "cannot write 'F/new/': it names no file");
    assert_eq!(refusal(Path::new("")), "cannot write '': it names no file");
    fs::write(at("file"), "").unwrap();
    assert_eq!(refusal(&at("file/a.wav")), "cannot write F/file/a.wav: F/file is not a folder");
    let mut permissions = fs::metadata(at("file")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("file"), permissions).unwrap();
    assert_eq!(refusal(&at("file")), "cannot write F/file: it is read-only; make it writable or choose another name");
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn a_name_as_long_as_names_may_be_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}.wav", "ü".repeat(125));
    write(&folder.path().join(&name), &sound(10), 10);
    assert_eq!(names(folder.path()), [name]);
}

#[test]
fn sound_beyond_four_gibibytes_is_refused_where_rf64_may_not_be() {
    let never = || WavOptions { rf64: Rf64::Never, ..WavOptions::default() };
    let folder = tempfile::tempdir().unwrap();
    let limit = wav_limit(SPEC, &Tags::default());
    assert_eq!(limit, Frames(1_073_741_814));
    let path = folder.path().join("a.wav");
    drop(WavSink::create(&path, SPEC, limit, never()).unwrap());
    let error = WavSink::create(&path, SPEC, limit + Frames(1), never()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "6:12:49 is too long for a WAV file of 4 GiB, which holds 6:12:49 at 48000 Hz; render less, at a lower rate, or as RF64"
    );
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_file_behind_a_link_is_replaced_and_the_link_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        symlink("deep/b.wav", at("a.wav")).unwrap();
        write(&at("a.wav"), &sound(10), 10);
        assert!(fs::symlink_metadata(at("a.wav")).unwrap().is_symlink());
        assert_eq!(names(&at("deep")), ["b.wav"]);
        fs::set_permissions(at("deep/b.wav"), fs::Permissions::from_mode(0o640)).unwrap();
        write(&at("a.wav"), &sound(20), 10);
        assert_eq!(fs::metadata(at("deep/b.wav")).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(fs::metadata(at("deep/b.wav")).unwrap().len(), 124);
    }

    #[test]
    fn a_folder_that_takes_no_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let closed = folder.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
        // Root may write anywhere.
        if fs::write(closed.join("probe"), "").is_ok() {
            return;
        }
        let error = create(&closed.join("a.wav"), 10).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot create a file in {}", closed.display()));
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("denied"), "{cause}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_straight_and_a_full_one_is_an_error() {
        assert_eq!(write(Path::new("/dev/null"), &sound(10), 10).frames, Frames(10));
        let error = create(Path::new("/dev/full"), 10).unwrap_err();
        assert_eq!(error.to_string(), "cannot write /dev/full");
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("No space left"), "{cause}");
    }
}

#[test]
fn a_stream_is_the_same_bytes_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let frames = sound(9000);
    write(&path, &frames, 1000);
    let mut bytes = Vec::new();
    let mut stream =
        WavStream::create(&mut bytes, "standard output", SPEC, Frames(9000), WavOptions::default()).unwrap();
    stream.write(&frames).unwrap();
    stream.finish().unwrap();
    assert_eq!(bytes, fs::read(path).unwrap());
}

#[test]
fn a_stream_of_another_length_than_its_header_says_is_an_error() {
    let stream = WavStream::create(io::sink(), "standard output", SPEC, Frames(9000), WavOptions::default()).unwrap();
    let error = stream.finish().unwrap_err();
    assert_eq!(error.to_string(), "0 frames were written where 9000 had been announced");
}

#[test]
fn a_reader_that_goes_is_told_apart() {
    #[derive(Debug)]
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let error = WavStream::create(Gone, "standard output", SPEC, Frames(1), WavOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot write standard output: its reader has gone");
    assert!(matches!(error, SinkError::BrokenPipe { .. }));
}

#[test]
fn a_part_is_locked_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let sink = create(&folder.path().join("a.wav"), 10).unwrap();
    let part = folder.path().join(names(folder.path()).remove(0));
    let file = OpenOptions::new().write(true).open(part).unwrap();
    assert!(matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)));
    drop(sink);
}

fn tags() -> Tags {
    let chapter = |at, title: &str| Chapter { at: Frames(at), title: title.to_owned() };
    Tags {
        title: Some("Stille Nächte".to_owned()),
        artist: Some("Joe\0".to_owned()),
        date: Some("2026".to_owned()),
        chapters: vec![chapter(0, "Arrive"), chapter(4_000, "Rest"), chapter(u64::MAX, "Never")],
        script: Some("# Rest\n".to_owned()),
    }
}

/// The chunks of a WAV file up to its data, and where the data begins.
fn chunks(bytes: &[u8]) -> (Vec<(String, Vec<u8>)>, usize) {
    let mut chunks = Vec::new();
    let mut at = 12;
    loop {
        let id = String::from_utf8(bytes[at..at + 4].to_vec()).unwrap();
        if id == "data" {
            return (chunks, at + 8);
        }
        let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        chunks.push((id, bytes[at + 8..at + 8 + size].to_vec()));
        at += 8 + size + size % 2;
    }
}

#[test]
fn tags_chapters_and_script_stand_before_the_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let options = WavOptions { tags: tags(), ..WavOptions::default() };
    let mut sink = WavSink::create(&path, SPEC, Frames(10_000), options).unwrap();
    sink.write(&sound(10_000)).unwrap();
    sink.finish().unwrap();
    let bytes = fs::read(&path).unwrap();
    assert_eq!(bytes[4..8], (bytes.len() as u32 - 8).to_le_bytes());
    let (chunks, start) = chunks(&bytes);
    assert_eq!(bytes.len() - start, 40_000);
    let ids: Vec<_> = chunks.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["fmt ", "LIST", "cue ", "LIST", "utsc"]);
    assert_eq!(chunks[1].1, b"INFOINAM\x10\0\0\0Stille N\xc3\xa4chte\0\0IART\x04\0\0\0Joe\0ICRD\x06\0\0\x002026\0\0");
    assert_eq!(chunks[2].1.len(), 4 + 2 * 24);
    assert_eq!(chunks[2].1[..4], 2u32.to_le_bytes());
    assert_eq!(chunks[2].1[48..], 4000u32.to_le_bytes());
    assert_eq!(chunks[3].1, b"adtllabl\x0c\0\0\0\x01\0\0\0Arrive\0\0labl\x0a\0\0\0\x02\0\0\0Rest\0\0");
    assert_eq!(chunks[4].1, b"# Rest\n\0");
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 10_000);
}

#[test]
fn samples_of_24_bits_and_floating_point_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut frames = sound(1000);
    frames[500] = Stereo { left: 1.5, right: f32::NAN };
    for (samples, size) in [(Samples::Int24, 44 + 6000), (Samples::Float32, 58 + 8000)] {
        let spec = WavSpec { samples, ..SPEC };
        let mut sink = WavSink::create(&path, spec, Frames(1000), WavOptions::default()).unwrap();
        sink.write(&frames).unwrap();
        let clipped = sink.finish().unwrap().clipped;
        assert_eq!(fs::metadata(&path).unwrap().len(), size);
        let reader = hound::WavReader::open(&path).unwrap();
        assert_eq!(reader.duration(), 1000);
        let back: Vec<f32> = match samples {
            Samples::Float32 => reader.into_samples().map(Result::unwrap).collect(),
            _ => reader.into_samples::<i32>().map(|sample| sample.unwrap() as f32 / 8_388_608.0).collect(),
        };
        let exact = samples == Samples::Float32;
        assert_eq!(clipped, u64::from(!exact));
        assert_eq!(back[1001], 0.0);
        assert_eq!(back[1000], if exact { 1.5 } else { 8_388_607.0 / 8_388_608.0 });
        for (i, frame) in frames.iter().enumerate().filter(|&(i, _)| i != 500) {
            assert!((back[2 * i] - frame.left).abs() <= if exact { 0.0 } else { 2.0 / 8_388_608.0 });
        }
    }
}

#[test]
fn sound_beyond_four_gibibytes_is_rf64_and_a_shorter_one_only_when_asked_for() {
    let options = || WavOptions::default();
    let total = Frames(1_200_000_000);
    let mut bytes = Vec::new();
    WavStream::create(&mut bytes, "standard output", SPEC, total, options()).unwrap();
    assert_eq!(bytes.len(), 80);
    assert_eq!(&bytes[..8], b"RF64\xff\xff\xff\xff");
    assert_eq!(&bytes[8..20], b"WAVEds64\x1c\0\0\0");
    assert_eq!(bytes[20..28], (4_800_000_000u64 + 72).to_le_bytes());
    assert_eq!(bytes[28..36], 4_800_000_000u64.to_le_bytes());
    assert_eq!(bytes[36..44], total.0.to_le_bytes());
    assert_eq!(&bytes[72..], b"data\xff\xff\xff\xff");
    bytes.clear();
    WavStream::create(&mut bytes, "standard output", SPEC, Frames(10), options()).unwrap();
    assert_eq!((bytes.len(), &bytes[..4]), (44, &b"RIFF"[..]));
    bytes.clear();
    let always = WavOptions { rf64: Rf64::Always, ..WavOptions::default() };
    WavStream::create(&mut bytes, "standard output", SPEC, Frames(10), always).unwrap();
    assert_eq!((bytes.len(), &bytes[..4], &bytes[28..36]), (80, &b"RF64"[..], &40u64.to_le_bytes()[..]));
}
