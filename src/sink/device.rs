//! A sound device that plays what is put into a ring, and can be closed and opened without a click.

mod found;
mod gate;
mod hush;
mod opening;

pub use found::{DeviceInfo, devices};
pub use hush::{Aloud, Hush};
pub use opening::Opening;

use super::SinkError;
use crate::audio::{Frames, SampleRate, Stereo};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use found::{describe, find, nothing_to_play_on};
use gate::{Clock, Door, Gate};
use rtrb::{Producer, RingBuffer};
use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How far ahead of the device frames are put into the ring, at most.
const AHEAD: Duration = Duration::from_millis(300);

/// What a device asks for at once where it can be chosen: long enough for a busy machine, short enough to obey at once.
const PERIOD: u32 = 2_048;

/// The length of the fades with which playback is paused and goes on.
pub const GENTLY: Duration = Duration::from_millis(10);

/// A device first asks for as much as it holds, at once, and then as time goes by: from then on it runs.
const RUNS: u64 = 3;

/// A device that has run for so long runs, however seldom it asks.
const RUNS_AFTER: Duration = Duration::from_millis(250);

/// What a sound server keeps beside what it tells of.
const SERVER: Duration = Duration::from_millis(30);

/// A device that asks for nothing for so long has gone.
const GONE: Duration = Duration::from_millis(1_200);

/// The same for one that has not begun yet.
const START: Duration = Duration::from_secs(4);

/// A device that failed is given so long to ask for frames again. What stands between it and us may fail for a moment while it
/// begins, or when a signal comes; ALSA's way to `PulseAudio` stands still for ever after an underrun.
const RECOVERS: Duration = Duration::from_millis(400);

/// Between two failures of a device that fails again and again.
const FAILING: Duration = Duration::from_millis(2);

/// A device is let wait for frames that are late for so long, and then given silence.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open device.
pub struct Output {
    frames: Producer<Stereo>,
    gate: Arc<Gate>,
    rate: SampleRate,
    name: String,
    opened: Instant,
    stream: Option<cpal::Stream>,
}

impl Output {
    /// Opens a device for two channels; the default one when none is named. Its gate is closed.
    ///
    /// # Errors
    ///
    /// When there is none, none of that name, it does not play at this rate, or the sound system does not answer.
    pub fn open(name: Option<&str>, rate: SampleRate) -> Result<Self, SinkError> {
        let name = name.map(str::to_owned);
        opening::ask(move || Self::open_now(name.as_deref(), rate))
    }

    /// The same, however long that takes.
    fn open_now(name: Option<&str>, rate: SampleRate) -> Result<Self, SinkError> {
        if nothing_to_play_on() {
            return Err(unusable("none was found"));
        }
        let _quiet = Hush::begin();
        let device = match name {
            Some(name) => find(name)?,
            None => cpal::default_host().default_output_device().ok_or_else(|| unusable("none was found"))?,
        };
        let name = name.map_or_else(|| describe(&device), str::to_owned);
        // What is played has been brought to 16 bits already, as a file is, and loses nothing in them.
        let formats: Vec<SampleFormat> = device
            .supported_output_configs()
            .map(|configs| configs.map(|config| config.sample_format()).collect())
            .unwrap_or_default();
        let float = !formats.contains(&SampleFormat::I16) && formats.contains(&SampleFormat::F32);
        let start = |buffer_size| {
            let config = StreamConfig { channels: 2, sample_rate: rate.hertz(), buffer_size };
            let (frames, waiting) = RingBuffer::<Stereo>::new(rate.frames(AHEAD).0 as usize);
            let gate = Arc::new(Gate::new());
            let door = Door { gate: Arc::clone(&gate), waiting, level: 0.0 };
            let stream =
                if float { stream::<f32>(&device, config, door) } else { stream::<i16>(&device, config, door) };
            let stream = stream.and_then(|stream| stream.play().map(|()| stream))?;
            Ok::<_, cpal::Error>(Self {
                frames,
                gate,
                rate,
                name: name.clone(),
                opened: Instant::now(),
                stream: Some(stream),
            })
        };
        start(BufferSize::Fixed(PERIOD))
            .or_else(|_| start(BufferSize::Default))
            .map_err(|error| unusable(error.to_string()))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many frames there is room for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.frames.slots()
    }

    /// How many frames wait to be taken.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.frames.buffer().capacity() - self.frames.slots()
    }

    /// Puts frames into the ring, as many as there is room for; the result is how many that were.
    pub fn put(&mut self, frames: &[Stereo]) -> usize {
        let count = frames.len().min(self.room());
        for frame in &frames[..count] {
            let _ = self.frames.push(*frame);
        }
        count
    }

    /// Whether the device runs evenly. While it begins, a sound server may stumble: that is to befall silence, not sound.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.gate.asked.load(Ordering::SeqCst) >= RUNS || self.opened.elapsed() > RUNS_AFTER
    }

    /// Lets frames through from now on, rising from silence for a time; nothing is a step.
    pub fn open_gate(&self, ramp: Duration) {
        self.gate.ramp.store(self.rate.frames(ramp).0 as u32, Ordering::SeqCst);
        self.gate.closed.store(false, Ordering::SeqCst);
        self.gate.ended.store(false, Ordering::SeqCst);
        self.gate.open.store(true, Ordering::SeqCst);
    }

    /// Lets nothing through any more, falling to silence for a time. Frames that were not taken stay in the ring.
    pub fn close_gate(&self, ramp: Duration) {
        self.gate.ramp.store(self.rate.frames(ramp).0 as u32, Ordering::SeqCst);
        self.gate.open.store(false, Ordering::SeqCst);
    }

    /// Whether the gate has closed and nothing is heard any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.gate.closed.load(Ordering::SeqCst)
    }

    /// Throws away what waits in the ring, once the gate has closed; false while that is still to be done.
    #[must_use]
    pub fn drained(&self) -> bool {
        if self.waiting() == 0 {
            self.gate.drain.store(false, Ordering::SeqCst);
            return true;
        }
        self.gate.drain.store(true, Ordering::SeqCst);
        false
    }

    /// Says that nothing more will come: an empty ring is no fault then.
    pub fn end(&self) {
        self.gate.ended.store(true, Ordering::SeqCst);
    }

    /// Whether the device has gone.
    #[must_use]
    pub fn has_gone(&self) -> bool {
        let Clock { at, stopped, .. } = self.clock();
        let never = |count: &AtomicU64| count.load(Ordering::SeqCst) == 0;
        if let Some(stopped) = stopped {
            let recovers = if never(&self.gate.asked) { START } else { RECOVERS };
            return self.gate.failed.load(Ordering::SeqCst) || stopped.elapsed() > recovers;
        }
        // A sound server that was idle may take its time to begin.
        let silence = if never(&self.gate.taken) { START } else { GONE };
        let patience = if self.gate.waits.load(Ordering::SeqCst) { PATIENCE } else { Duration::ZERO };
        at.elapsed() > silence + patience
    }

    /// Says that the program itself stood still for a while: the device has not been silent all that time.
    pub fn forgive(&self) {
        self.gate.clock.lock().unwrap_or_else(PoisonError::into_inner).at = Instant::now();
    }

    /// Times that the ring was empty when the device asked for frames.
    #[must_use]
    pub fn starved(&self) -> u64 {
        self.gate.starved.load(Ordering::SeqCst)
    }

    /// How many of the frames that were put into the ring have been heard.
    #[must_use]
    pub fn heard(&self) -> u64 {
        let taken = self.gate.taken.load(Ordering::SeqCst);
        if self.is_closed() {
            return taken;
        }
        let Clock { taken: before, at, delay, stopped, .. } = self.clock();
        // What has stopped goes no further.
        let passed = stopped.unwrap_or_else(Instant::now).saturating_duration_since(at);
        let (passed, to_come) = (self.rate.frames(passed).0, self.rate.frames(delay).0);
        (before + passed).saturating_sub(to_come).min(taken)
    }

    fn clock(&self) -> Clock {
        *self.gate.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long all that was handed over takes until it is heard.
    #[must_use]
    pub fn delay(&self) -> Duration {
        let Clock { delay, asked, .. } = self.clock();
        // What the device asked for last comes behind what it had then; a sound server keeps a little more than it says.
        delay + self.rate.duration(Frames(asked as u64)) + SERVER
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // The device's thread may be waiting for frames.
        self.end();
        self.gate.open.store(false, Ordering::SeqCst);
        opening::let_go(self.stream.take());
    }
}

fn stream<S: SizedSample + FromSample<f32> + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    mut door: Door,
) -> Result<cpal::Stream, cpal::Error> {
    let fail = Arc::clone(&door.gate);
    let mut hurried = false;
    let play = move |out: &mut [S], info: &cpal::OutputCallbackInfo| {
        if !std::mem::replace(&mut hurried, true) {
            hurry();
        }
        let times = info.timestamp();
        door.play(out, times.playback.saturating_duration_since(times.callback));
    };
    let failed = move |error: cpal::Error| match error.kind() {
        // Another has taken its place, or it is as it is: neither is a reason to stop.
        ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
        // A gap is heard as a gap, and most failures pass.
        ErrorKind::Xrun => fail.stop(),
        ErrorKind::BackendError => {
            fail.stop();
            std::thread::sleep(FAILING);
        }
        _ => {
            fail.stop();
            fail.failed.store(true, Ordering::SeqCst);
        }
    };
    device.build_output_stream(config, play, failed, None)
}

/// Lets this thread go before others, where the system allows it: sound that is late is a gap.
pub(crate) fn hurry() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), -11);
}

fn unusable(reason: impl Into<String>) -> SinkError {
    SinkError::NoDevice { reason: reason.into() }
}
