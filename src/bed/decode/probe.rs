//! Which format a file has, and how long it is.

use super::plain::Plain;
use crate::audio::Frames;
use std::{fs::File, path::Path};
use symphonia::core::{
    common::Limit,
    errors::Error,
    formats::{
        FormatOptions, FormatReader, TrackType,
        probe::Hint,
        well_known::{FORMAT_ID_ADTS, FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3},
    },
    io::{MediaSourceStream, MediaSourceStreamOptions},
    meta::MetadataOptions,
};

/// How many frames a file says that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// In all.
    pub frames: Frames,
    /// Whether that is so. Of some formats nothing but the beginning was looked at, and the rest is taken to be like it.
    pub sure: bool,
}

/// A file that can be decoded.
pub(super) struct Probed {
    pub(super) format: Box<dyn FormatReader>,
    /// How many frames there are where the decoder does not know it; what follows is no sound.
    pub(super) frames: Option<u64>,
    /// How many there are, as far as that is known.
    pub(super) told: Option<Told>,
}

/// Finds out which format a file has.
///
/// # Errors
///
/// When it has none that is known.
pub(super) fn probe(path: &Path, file: &File) -> Result<Probed, Error> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let limits =
        MetadataOptions::default().limit_tag_bytes(Limit::Maximum(1 << 20)).limit_visual_bytes(Limit::Maximum(1 << 20));
    let read = |file: Plain| {
        let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
        symphonia::default::get_probe().probe(&hint, stream, FormatOptions::default(), limits)
    };
    let plain = || Plain::new(file.try_clone()?);
    let whole = plain()?;
    let frames = whole.frames;
    let mut format = read(whole)?;
    let mut told = frames.or(length(&*format)).map(|frames| Told { frames: Frames(frames), sure: true });
    if frames.is_none() && (is_mpeg(&*format) || format.format_info().format == FORMAT_ID_ADTS) {
        // Where nothing tells how long it is, all of it is taken to be as dense as its beginning. A decoder of MPEG even ends there, but
        // only where it could look at the end of the file; and one that could not has a length only where it is told.
        let blind = plain().and_then(Plain::without_a_way_back).map_err(Error::from).and_then(read);
        let blind = blind.ok().filter(|format| is_mpeg(&**format));
        let sure = blind.as_ref().is_some_and(|format| length(&**format).is_some());
        told = told.map(|told| Told { sure, ..told });
        // They share their place in the file.
        format = match blind.filter(|_| !sure) {
            Some(format) => format,
            None => read(plain()?)?,
        };
    }
    Ok(Probed { format, frames, told })
}

fn length(format: &dyn FormatReader) -> Option<u64> {
    format.default_track(TrackType::Audio)?.num_frames
}

fn is_mpeg(format: &dyn FormatReader) -> bool {
    [FORMAT_ID_MP1, FORMAT_ID_MP2, FORMAT_ID_MP3].contains(&format.format_info().format)
}
