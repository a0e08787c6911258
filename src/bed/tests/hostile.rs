//! Files that are not what they say.

use super::*;

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn refused(name: &str, bytes: &[u8]) -> String {
    let (_folder, path) = written(name, bytes);
    file(&path, FADE).err().unwrap().to_string()
}

fn header(rate: u32, channels: u16, data: u32) -> Vec<u8> {
    let mut bytes = b"RIFF\xff\xff\xff\x7fWAVEfmt \x10\0\0\0\x01\0".to_vec();
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate.to_le_bytes());
    bytes.extend((rate.wrapping_mul(2 * u32::from(channels))).to_le_bytes());
    bytes.extend((2 * channels).to_le_bytes());
    bytes.extend(16u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    bytes
}

#[test]
fn what_is_no_sound_is_refused() {
    assert!(refused("a.wav", b"").ends_with("is empty"));
    assert!(refused("a.wav", b"This is a letter, not a sound. It only has the name of one.").contains("not a sound"));
    let folder = tempfile::tempdir().unwrap();
    assert!(file(folder.path(), FADE).err().unwrap().to_string().contains("is a folder"));
    assert!(matches!(file(&folder.path().join("none.wav"), FADE), Err(BedError::Io { .. })));
    refused("a.mp3", &[0xff; 4_000]);
    refused("a.ogg", &[b"OggS".as_slice(), &[0xff; 400]].concat());
    refused("a.m4a", &[b"\0\0\0\x20ftypM4A ".as_slice(), &[0xff; 400]].concat());
}

#[test]
fn a_pipe_is_refused_without_waiting_for_its_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.wav");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(file(&path, FADE).err().unwrap().to_string().contains("pipe"));
}

#[test]
fn one_sample_no_rate_and_too_many_channels_are_refused() {
    let mut one = header(48_000, 1, 2);
    one.extend([0, 64]);
    assert!(refused("one.wav", &one).contains("0.1 s or more"));
    let mut still = header(0, 1, 2_000);
    still.extend([0x11; 2_000]);
    refused("still.wav", &still);
    let mut wide = header(48_000, 40, 80_000);
    wide.extend([0x11; 80_000]);
    refused("wide.wav", &wide);
    let mut none = header(48_000, 0, 2_000);
    none.extend([0x11; 2_000]);
    refused("none.wav", &none);
}

#[test]
fn silence_is_refused() {
    let mut silent = header(48_000, 1, 96_000);
    silent.extend([0; 96_000]);
    assert!(refused("silent.wav", &silent).contains("nothing but silence"));
}

#[test]
fn a_file_that_ends_early_is_used_as_far_as_it_goes() {
    let mut bytes = header(48_000, 1, 0x7fff_0000);
    bytes.extend((0..96_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8));
    let (_folder, path) = written("short.wav", &bytes);
    let bed = file(&path, FADE).unwrap();
    assert!(bed.warnings()[0].contains("ends early"), "{:?}", bed.warnings());
    assert!(block(&bed, 0, 48_000).iter().any(|f| f.left != 0.0));
}

#[test]
fn samples_that_are_no_numbers_are_silenced_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nan.wav");
    let odd = [f32::NAN, f32::INFINITY, 1e30];
    wav(
        &path,
        48_000,
        (0..48_000).map(|n| if n % 999 == 0 { [odd[n % 3]; 2] } else { [0.1 * (n as f32 * 0.05).sin(); 2] }),
    );
    let bed = file(&path, FADE).unwrap();
    assert_eq!(bed.warnings().len(), 1);
    assert!(block(&bed, 0, 96_000).iter().all(|f| f.left.is_finite() && f.left.abs() < 2.0));
}

#[test]
fn sizes_that_lie_do_not_take_memory() {
    // A tag of 256 MiB minus a byte, and a FLAC whose first block claims 16 MiB of padding and 4 GiB of frames.
    refused("tag.mp3", b"ID3\x04\0\0\x7f\x7f\x7f\x7fTIT2");
    let mut flac = b"fLaC\0\0\0\x22\x10\0\xff\xff\0\0\0\xff\xff\xff\x0b\xb8\x02\xff\xff\xff\xff\xff".to_vec();
    flac.resize(42, 0);
    flac.extend([0x81, 0xff, 0xff, 0xff]);
    flac.resize(78, 0);
    refused("huge.flac", &flac);
}
