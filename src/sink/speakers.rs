//! The default sound device.

use super::{Sink, SinkError};
use crate::audio::{SampleRate, Stereo};
use cpal::{
    BufferSize, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use rtrb::{Producer, RingBuffer};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

/// How far ahead of what is heard frames are taken.
const AHEAD: Duration = Duration::from_millis(250);

/// A device that takes nothing for so long has gone.
const GONE: Duration = Duration::from_secs(2);

/// Plays what is written. Writing waits until the device has room, so it goes on at the speed of the sound.
pub struct Speakers {
    frames: Producer<Stereo>,
    stream: cpal::Stream,
    /// What the device said when it failed.
    failed: Arc<AtomicBool>,
}

impl Speakers {
    /// Opens the default device for two channels.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not play at this rate.
    pub fn open(rate: SampleRate) -> Result<Self, SinkError> {
        let unusable = |reason: String| SinkError::NoDevice { reason };
        if nothing_to_play_on() {
            return Err(unusable("none was found".to_owned()));
        }
        let device =
            cpal::default_host().default_output_device().ok_or_else(|| unusable("none was found".to_owned()))?;
        let config = StreamConfig { channels: 2, sample_rate: rate.hertz(), buffer_size: BufferSize::Default };
        let (frames, mut waiting) = RingBuffer::<Stereo>::new(rate.frames(AHEAD).0 as usize);
        let failed = Arc::new(AtomicBool::new(false));
        let fail = Arc::clone(&failed);
        let play = move |out: &mut [f32], _: &cpal::OutputCallbackInfo| {
            for pair in out.chunks_mut(2) {
                let frame = waiting.pop().unwrap_or(Stereo::ZERO);
                pair.copy_from_slice(&[frame.left, frame.right][..pair.len()]);
            }
        };
        let stream = device
            .build_output_stream(
                config,
                play,
                // A gap is heard as a gap and is no reason to stop.
                move |error| {
                    if error.kind() != cpal::ErrorKind::Xrun {
                        fail.store(true, Ordering::SeqCst);
                    }
                },
                None,
            )
            .and_then(|stream| stream.play().map(|()| stream))
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { frames, stream, failed })
    }

    /// Waits until `done`, as long as the device goes on.
    fn wait(&self, done: impl Fn(&Producer<Stereo>) -> bool) -> Result<(), SinkError> {
        let mut since = Instant::now();
        let mut room = self.frames.slots();
        while !done(&self.frames) {
            if self.frames.slots() != room {
                room = self.frames.slots();
                since = Instant::now();
            }
            if self.failed.load(Ordering::SeqCst) || since.elapsed() > GONE {
                return Err(SinkError::NoDevice { reason: "it has stopped".to_owned() });
            }
            sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Sink for Speakers {
    type Done = ();

    fn write(&mut self, block: &[Stereo]) -> Result<(), SinkError> {
        for frame in block {
            let mut next = *frame;
            while let Err(rtrb::PushError::Full(frame)) = self.frames.push(next) {
                next = frame;
                self.wait(|frames| !frames.is_full())?;
            }
        }
        Ok(())
    }

    /// Waits until all has been taken, and heard as far as can be known.
    fn finish(self) -> Result<(), SinkError> {
        self.wait(|frames| frames.slots() == frames.buffer().capacity())?;
        // What the device took last is on its way still.
        sleep(Duration::from_millis(100));
        drop(self.stream);
        Ok(())
    }
}

/// Whether there is no sound card, nothing that stands in for one, and no sound server. ALSA says as much on standard error at
/// length, in words that help nobody.
fn nothing_to_play_on() -> bool {
    if !cfg!(target_os = "linux") {
        return false;
    }
    let told =
        ["ALSA_CONFIG_PATH", "PULSE_SERVER", "PIPEWIRE_REMOTE"].iter().any(|key| std::env::var_os(key).is_some());
    let at = |key: &str, name: &str| std::env::var_os(key).is_some_and(|folder| Path::new(&folder).join(name).exists());
    let served = at("XDG_RUNTIME_DIR", "pulse/native") || at("XDG_RUNTIME_DIR", "pipewire-0");
    let configured = at("HOME", ".asoundrc") || Path::new("/etc/asound.conf").exists();
    let cards = std::fs::read_to_string("/proc/asound/cards").unwrap_or_default();
    let card = cards.lines().any(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    !(told || served || configured || card)
}
