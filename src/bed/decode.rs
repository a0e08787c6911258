//! From a sound file to frames at the session's rate, piece by piece, so that memory stays flat.

mod plain;
mod probe;

pub use probe::Told;

use super::{BedError, riff, store::Store};
use crate::audio::{Frames, ResampleStream, Resampler, SampleRate, Stereo};
use probe::{Probed, probe};
use std::{
    fs::{self, File},
    io::{self, Read, Seek},
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
use symphonia::core::{
    audio::{Channels, Position},
    codecs::audio::AudioDecoderOptions,
    errors::Error,
    formats::{FormatReader, SeekMode, SeekTo, TrackType},
    units::Timestamp,
};

/// The longest sound, in seconds.
const LONGEST: u64 = 2 * 60 * 60;

/// The most channels.
const CHANNELS: usize = 32;

/// A sample beyond this is no sound: 40 dB over full scale.
const ABSURD: f32 = 100.0;

/// Packets in a row that may be damaged before the rest is given up.
const DAMAGED: usize = 64;

/// What a file held.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// All frames, at the session's rate.
    pub(super) store: Store,
    /// The loop of a WAV file's `smpl` chunk in frames at the session's rate, its end excluded.
    pub(super) points: Option<(u64, u64)>,
    /// What was wrong though the sound can be used.
    pub(super) warnings: Vec<String>,
}

/// Decodes a whole file.
pub(super) fn decode(path: &Path, rate: SampleRate) -> Result<Decoded, BedError> {
    let mut store = Store::default();
    let heard = open(path, Wanted { rate: Some(rate), from: 0 }, &mut |_, _, samples| store.push(samples))?;
    store.finish().map_err(|source| BedError::Io { path: path.to_owned(), source })?;
    Ok(Decoded { store, points: heard.points, warnings: heard.warnings })
}

/// Decodes a sound file of any length at its own rate, and shows it block by block; the result is what is wrong with it
/// though it can be heard.
///
/// # Errors
///
/// When it cannot be read, or is no sound.
pub fn hear(path: &Path, mut each: impl FnMut(SampleRate, &[Stereo])) -> Result<Vec<String>, BedError> {
    hear_from(path, Frames(0), |rate, _, frames| {
        each(rate, frames);
        ControlFlow::Continue(())
    })
}

/// The same from a frame of the file on, until told to stop. `each` also gets how many frames the whole file has, where it says so.
///
/// # Errors
///
/// When it cannot be read, or is no sound.
pub fn hear_from(
    path: &Path,
    from: Frames,
    mut each: impl FnMut(SampleRate, Option<Told>, &[Stereo]) -> ControlFlow<()>,
) -> Result<Vec<String>, BedError> {
    let mut frames = Vec::new();
    let mut stopped = false;
    let heard = open(path, Wanted { rate: None, from: from.0 }, &mut |rate, told, samples| {
        frames.clear();
        frames.extend(samples.chunks_exact(2).map(|pair| Stereo { left: pair[0], right: pair[1] }));
        stopped = each(rate, told, &frames).is_break();
        if stopped { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    });
    match heard {
        Err(_) if stopped => Ok(Vec::new()),
        heard => Ok(heard?.warnings),
    }
}

/// What is known of a file beside its frames.
#[derive(Default)]
struct Heard {
    points: Option<(u64, u64)>,
    warnings: Vec<String>,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// The rate; the file's own when absent.
    rate: Option<SampleRate>,
    /// The file's first frame.
    from: u64,
}

/// Takes left and right samples by turns, at a rate, and how many frames there are in all where that is told.
type Taker<'a> = &'a mut dyn FnMut(SampleRate, Option<Told>, &[f32]) -> io::Result<()>;

/// Decodes at `rate` what may be a bed, or anything at its own rate.
fn open(path: &Path, wanted: Wanted, taker: Taker<'_>) -> Result<Heard, BedError> {
    let io = |source| BedError::Io { path: path.to_owned(), source };
    // Asked before it is opened: opening a pipe waits for its writer.
    let about = fs::metadata(path).map_err(io)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "a pipe, a socket or a device" };
        return Err(BedError::NotAFile { path: path.to_owned(), what });
    }
    if about.len() == 0 {
        return Err(BedError::Unusable { path: path.to_owned(), problem: "is empty".into() });
    }
    let file = File::open(path).map_err(io)?;
    // A decoder that panics on a damaged file must not end the program.
    catch_unwind(AssertUnwindSafe(|| read(path, file, wanted, taker))).unwrap_or_else(|_| {
        Err(BedError::NotASound {
            path: path.to_owned(),
            reason: "it is damaged in a way that stops the decoder".into(),
        })
    })
}

fn read(path: &Path, mut file: File, wanted: Wanted, taker: Taker<'_>) -> Result<Heard, BedError> {
    let unusable = |problem: String| BedError::Unusable { path: path.to_owned(), problem };
    let damaged = |cause: Error| BedError::NotASound { path: path.to_owned(), reason: cause.to_string() };
    let io = |source| BedError::Io { path: path.to_owned(), source };
    let points = riff::sampler_loop(&mut file);
    file.rewind().map_err(io)?;
    #[cfg(feature = "opus")]
    if is_opus(&mut file).map_err(io)? {
        return read_opus(path, file, wanted, taker);
    }
    let Probed { mut format, frames: told, told: whole } = probe(path, &file).map_err(damaged)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| unusable("has no sound in it".into()))?;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .ok_or_else(|| unusable("has a sound whose format it does not say".into()))?;
    if parameters.sample_rate == Some(0) {
        return Err(unusable("says that it has 0 frames a second".into()));
    }
    if let Some(channels) = &parameters.channels {
        check_channels(channels.count(), path)?;
    }
    let id = track.id;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())
        .map_err(damaged)?;
    let mut intake: Option<Intake> = None;
    let mut out = Heard::default();
    let reached = enter(&mut *format, id, wanted.from);
    if reached > 0 {
        decoder.reset();
    }
    let (mut samples, mut bad, mut in_a_row) = (Vec::<f32>::new(), 0usize, 0usize);
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // The decoder knows no end of an RF64 file but the file's.
            Err(Error::IoError(cause)) if told.is_some() && cause.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(cause) => {
                out.warnings.push(format!("{} ends early: {cause}", path.display()));
                break;
            }
        };
        if packet.track_id != id {
            continue;
        }
        let buffer = match decoder.decode(&packet) {
            Ok(buffer) => buffer,
            Err(Error::DecodeError(_)) if in_a_row < DAMAGED => {
                bad += 1;
                in_a_row += 1;
                continue;
            }
            Err(cause) => {
                out.warnings.push(format!("{} is damaged: {cause}", path.display()));
                break;
            }
        };
        in_a_row = 0;
        let (hertz, channels) = (buffer.spec().rate(), buffer.spec().channels());
        if intake.is_none() {
            let own = Intake::new(path, hertz, channels, wanted)?;
            intake = Some(Intake { told, whole, frames: reached, ..own });
        }
        let Some(intake) = &mut intake else { break };
        if intake.hertz != hertz || intake.channels != channels.count() {
            out.warnings.push(format!("{} changes its rate or its channels; the rest is left out", path.display()));
            break;
        }
        buffer.copy_to_vec_interleaved(&mut samples);
        intake.take(path, &samples, taker)?;
    }
    let Some(intake) = intake else {
        // Behind its end there is nothing, also where it ends before it says.
        if wanted.from > 0 {
            return Ok(out);
        }
        let reason = out.warnings.pop().unwrap_or_else(|| "there is no sound in it".into());
        return Err(BedError::NotASound { path: path.to_owned(), reason });
    };
    out.points = points.map(|(from, to)| (intake.resampler.length(from), intake.resampler.length(to)));
    out.warnings.extend(intake.faults(path, bad));
    intake.finish(path, taker)?;
    Ok(out)
}

/// Goes to a frame of a file; the result is where it came to, which is the beginning where a file cannot be entered in its middle.
fn enter(format: &mut dyn FormatReader, track: u32, from: u64) -> u64 {
    if from == 0 {
        return 0;
    }
    let to = SeekTo::Timestamp { ts: Timestamp::new(from as i64), track_id: track };
    format.seek(SeekMode::Accurate, to).map_or(0, |seeked| seeked.actual_ts.get().max(0) as u64)
}

#[cfg(feature = "opus")]
fn is_opus(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(super::opus::is_opus(&head))
}

#[cfg(feature = "opus")]
fn read_opus(path: &Path, mut file: File, wanted: Wanted, taker: Taker<'_>) -> Result<Heard, BedError> {
    let channels = Channels::Positioned(Position::FRONT_LEFT | Position::FRONT_RIGHT);
    let mut intake = Intake::new(path, super::opus::HERTZ, &channels, wanted)?;
    let length = super::opus::length(&mut file).map_err(|source| BedError::Io { path: path.to_owned(), source })?;
    intake.whole = length.map(|frames| Told { frames: Frames(frames), sure: true });
    let warnings = super::opus::read(path, file, |samples| intake.take(path, samples, taker))?;
    intake.finish(path, taker)?;
    Ok(Heard { points: None, warnings })
}

fn check_channels(count: usize, path: &Path) -> Result<(), BedError> {
    if (1..=CHANNELS).contains(&count) {
        return Ok(());
    }
    let problem = format!("has {count} channels; allowed are 1 to {CHANNELS}");
    Err(BedError::Unusable { path: path.to_owned(), problem })
}

/// Folds decoded samples to two channels and brings them to the session's rate.
struct Intake {
    hertz: u32,
    /// How many frames there are, when that is told; what follows is no sound.
    told: Option<u64>,
    /// How many there are in all, as far as that is known.
    whole: Option<Told>,
    /// The first that is wanted.
    from: u64,
    /// The wanted rate.
    rate: SampleRate,
    /// Whether more than the longest bed is refused.
    limited: bool,
    channels: usize,
    weights: Vec<(f32, f32)>,
    resampler: Resampler,
    stream: ResampleStream,
    frames: u64,
    absurd: u64,
    folded: Vec<f32>,
    resampled: Vec<f32>,
}

impl Intake {
    fn new(path: &Path, hertz: u32, channels: &Channels, wanted: Wanted) -> Result<Self, BedError> {
        check_channels(channels.count(), path)?;
        let from = SampleRate::new(hertz).ok_or_else(|| BedError::Unusable {
            path: path.to_owned(),
            problem: format!("has {hertz} frames a second; allowed are 8,000 to 192,000"),
        })?;
        let cause = |source| BedError::Rate { path: path.to_owned(), source };
        let rate = wanted.rate.unwrap_or(from);
        let resampler = Resampler::new(from, rate).map_err(cause)?;
        Ok(Self {
            hertz,
            told: None,
            whole: None,
            from: wanted.from,
            rate,
            limited: wanted.rate.is_some(),
            channels: channels.count(),
            weights: weights(channels),
            resampler,
            stream: resampler.stream(2).map_err(cause)?,
            frames: 0,
            absurd: 0,
            folded: Vec::new(),
            resampled: Vec::new(),
        })
    }

    fn take(&mut self, path: &Path, samples: &[f32], taker: Taker<'_>) -> Result<(), BedError> {
        let left =
            self.told.map_or(u64::MAX, |told| told.saturating_sub(self.frames).saturating_mul(self.channels as u64));
        let samples = &samples[..samples.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
        let count = (samples.len() / self.channels) as u64;
        let early = self.from.saturating_sub(self.frames).min(count) as usize;
        self.frames += count;
        let samples = &samples[early * self.channels..];
        if self.limited && self.frames > LONGEST * u64::from(self.hertz) {
            let problem =
                "is longer than 2 hours, which is the most that a bed may be; a bed repeats, so cut it".into();
            return Err(BedError::Unusable { path: path.to_owned(), problem });
        }
        self.folded.clear();
        for frame in samples.chunks_exact(self.channels) {
            let (mut left, mut right) = (0.0, 0.0);
            for (sample, (l, r)) in frame.iter().zip(&self.weights) {
                // Written so that what is not a number counts as absurd.
                if sample.abs() <= ABSURD {
                    left += sample * l;
                    right += sample * r;
                } else {
                    self.absurd += 1;
                }
            }
            self.folded.extend([left, right]);
        }
        self.resampled.clear();
        self.stream
            .push(&self.folded, &mut self.resampled)
            .map_err(|source| BedError::Rate { path: path.to_owned(), source })?;
        taker(self.rate, self.whole, &self.resampled).map_err(|source| BedError::Io { path: path.to_owned(), source })
    }

    /// What was wrong with what came in.
    fn faults(&self, path: &Path, damaged: usize) -> Vec<String> {
        let mut faults = Vec::new();
        if self.told.is_some_and(|told| self.frames < told) {
            faults.push(format!("{} ends early: it has fewer frames than it says", path.display()));
        }
        if damaged > 0 {
            faults.push(format!("{} has {damaged} damaged packets, which are left out", path.display()));
        }
        if self.absurd > 0 {
            faults.push(format!(
                "{} has {} samples that are no numbers or far over full scale; they are silenced",
                path.display(),
                self.absurd
            ));
        }
        faults
    }

    fn finish(mut self, path: &Path, taker: Taker<'_>) -> Result<(), BedError> {
        self.resampled.clear();
        self.stream.finish(&mut self.resampled).map_err(|source| BedError::Rate { path: path.to_owned(), source })?;
        taker(self.rate, self.whole, &self.resampled).map_err(|source| BedError::Io { path: path.to_owned(), source })
    }
}

/// What each channel gives to the left and to the right.
///
/// One channel goes to both; a centre goes to both 3 dB down, surrounds to their side 3 dB down, and the low frequency
/// effects are left out (ITU-R BS.775). Channels without a place alternate.
fn weights(channels: &Channels) -> Vec<(f32, f32)> {
    const HALF: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let count = channels.count();
    if count == 1 {
        return vec![(1.0, 1.0)];
    }
    let Channels::Positioned(places) = channels else {
        return (0..count).map(|n| if n % 2 == 0 { (1.0, 0.0) } else { (0.0, 1.0) }).collect();
    };
    let lefts = Position::FRONT_LEFT_CENTER | Position::REAR_LEFT | Position::SIDE_LEFT | Position::TOP_FRONT_LEFT;
    let rights = Position::FRONT_RIGHT_CENTER | Position::REAR_RIGHT | Position::SIDE_RIGHT | Position::TOP_FRONT_RIGHT;
    places
        .iter()
        .map(|place| {
            if place == Position::FRONT_LEFT {
                (1.0, 0.0)
            } else if place == Position::FRONT_RIGHT {
                (0.0, 1.0)
            } else if place == Position::LFE1 || place == Position::LFE2 {
                (0.0, 0.0)
            } else if lefts.contains(place) {
                (HALF, 0.0)
            } else if rights.contains(place) {
                (0.0, HALF)
            } else {
                (HALF, HALF)
            }
        })
        .collect()
}
