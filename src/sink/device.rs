//! A sound device that plays what is put into a ring, and can be closed and opened without a click.

use super::SinkError;
use crate::audio::{SampleRate, Stereo, raised_cosine};
use cpal::{
    BufferSize, Device, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use rtrb::{Consumer, Producer, RingBuffer};
use std::{
    fs::File,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

/// How far ahead of the device frames are put into the ring, at most.
const AHEAD: Duration = Duration::from_millis(300);

/// What a device asks for at once where it can be chosen: long enough for a busy machine, short enough to obey at once.
const PERIOD: u32 = 1_536;

/// A device that asks for nothing for so long has gone.
const GONE: Duration = Duration::from_millis(1_500);

/// The same for one that has not begun yet.
const START: Duration = Duration::from_secs(4);

/// A device is let wait for frames that are late for so long, and then given silence.
const PATIENCE: Duration = Duration::from_secs(5);

/// A device that is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What it is asked for by.
    pub name: String,
    /// What the system says of it.
    pub description: String,
    /// Whether it plays when none is asked for.
    pub default: bool,
}

/// What the device's thread and the player's share. All orders are sequential: there are few.
#[derive(Debug)]
struct Gate {
    open: AtomicBool,
    /// How many frames opening and closing take.
    ramp: AtomicU32,
    /// Whether it has closed and nothing is heard.
    closed: AtomicBool,
    /// Whether what waits in the ring is to be thrown away; the device's thread does it.
    drain: AtomicBool,
    /// Whether nothing more will come.
    ended: AtomicBool,
    failed: AtomicBool,
    /// Frames that were taken from the ring and handed to the device.
    taken: AtomicU64,
    /// Times that the ring was empty when frames were asked for.
    starved: AtomicU64,
    clock: Mutex<Clock>,
}

/// When what was handed over is heard.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Frames that had been handed over when the device last asked.
    taken: u64,
    /// When it asked.
    at: Instant,
    /// How long it had still to play then.
    delay: Duration,
}

/// An open device.
pub struct Output {
    frames: Producer<Stereo>,
    gate: Arc<Gate>,
    rate: SampleRate,
    name: String,
    _stream: cpal::Stream,
}

impl Output {
    /// Opens a device for two channels; the default one when none is named. Its gate is closed.
    ///
    /// # Errors
    ///
    /// When there is none, none of that name, or it does not play at this rate.
    pub fn open(name: Option<&str>, rate: SampleRate) -> Result<Self, SinkError> {
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
            let gate = Arc::new(Gate {
                open: AtomicBool::new(false),
                ramp: AtomicU32::new(1),
                closed: AtomicBool::new(true),
                drain: AtomicBool::new(false),
                ended: AtomicBool::new(false),
                failed: AtomicBool::new(false),
                taken: AtomicU64::new(0),
                starved: AtomicU64::new(0),
                clock: Mutex::new(Clock { taken: 0, at: Instant::now(), delay: Duration::ZERO }),
            });
            let door = Door { gate: Arc::clone(&gate), waiting, level: 0.0 };
            let stream =
                if float { stream::<f32>(&device, config, door) } else { stream::<i16>(&device, config, door) };
            let stream = stream.and_then(|stream| stream.play().map(|()| stream))?;
            Ok::<_, cpal::Error>(Self { frames, gate, rate, name: name.clone(), _stream: stream })
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

    /// Lets frames through from now on, rising from silence for a time; nothing is a step.
    pub fn open_gate(&self, ramp: Duration) {
        self.gate.ramp.store(self.rate.frames(ramp).0 as u32, Ordering::SeqCst);
        self.gate.closed.store(false, Ordering::SeqCst);
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
        // A sound server that was idle may take its time to begin.
        let silence = if self.gate.taken.load(Ordering::SeqCst) == 0 { START } else { GONE };
        let patience = if self.starves() { PATIENCE } else { Duration::ZERO };
        self.gate.failed.load(Ordering::SeqCst) || self.clock().at.elapsed() > silence + patience
    }

    /// Whether the device's thread waits for frames at this moment.
    fn starves(&self) -> bool {
        self.waiting() == 0 && self.gate.open.load(Ordering::SeqCst)
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
        let Clock { taken: before, at, delay } = self.clock();
        let (passed, to_come) = (self.rate.frames(at.elapsed()).0, self.rate.frames(delay).0);
        (before + passed).saturating_sub(to_come).min(taken)
    }

    fn clock(&self) -> Clock {
        *self.gate.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long what was handed over takes until it is heard.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.clock().delay
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // The device's thread may be waiting for frames.
        self.end();
        self.gate.open.store(false, Ordering::SeqCst);
    }
}

/// What runs in the device's thread.
struct Door {
    gate: Arc<Gate>,
    waiting: Consumer<Stereo>,
    /// How far the gate is open, 0 to 1.
    level: f32,
}

impl Door {
    fn play<S: SizedSample + FromSample<f32>>(&mut self, out: &mut [S], delay: Duration) {
        let gate = Arc::clone(&self.gate);
        // Whoever reads it holds the lock for a few nanoseconds; what is missed once comes with the next period.
        if let Ok(mut clock) = gate.clock.try_lock() {
            *clock = Clock { taken: gate.taken.load(Ordering::SeqCst), at: Instant::now(), delay };
        }
        let mut taken = 0;
        for pair in out.chunks_mut(2) {
            let frame = self.next().inspect(|_| taken += 1).unwrap_or(Stereo::ZERO);
            for (sample, heard) in pair.iter_mut().zip([frame.left, frame.right]) {
                *sample = S::from_sample(heard);
            }
        }
        gate.taken.fetch_add(taken, Ordering::SeqCst);
    }

    /// The next frame that is heard; nothing while the gate is closed.
    fn next(&mut self) -> Option<Stereo> {
        let open = self.gate.open.load(Ordering::Relaxed);
        if !open && self.level == 0.0 {
            self.gate.closed.store(true, Ordering::SeqCst);
            if self.gate.drain.swap(false, Ordering::SeqCst) {
                while self.waiting.pop().is_ok() {}
            }
            return None;
        }
        let frame = match self.waiting.pop() {
            Ok(frame) => frame,
            Err(_) => self.wait()?,
        };
        let step = 1.0 / self.gate.ramp.load(Ordering::Relaxed).max(1) as f32;
        self.level = (self.level + if open { step } else { -step }).clamp(0.0, 1.0);
        Some(if self.level < 1.0 { frame * raised_cosine(self.level) } else { frame })
    }

    /// Waits for a frame. A device that is given nothing has a gap, however it is given: to wait loses nothing of the sound, and a device
    /// that takes all as fast as it comes, such as a file, is given all of it.
    fn wait(&mut self) -> Option<Stereo> {
        let gate = &self.gate;
        if gate.ended.load(Ordering::SeqCst) {
            // The last frames may have come just before it was said that they are the last.
            return self.waiting.pop().ok();
        }
        gate.starved.fetch_add(1, Ordering::SeqCst);
        let began = Instant::now();
        while began.elapsed() < PATIENCE && gate.open.load(Ordering::SeqCst) && !gate.ended.load(Ordering::SeqCst) {
            if let Ok(frame) = self.waiting.pop() {
                return Some(frame);
            }
            sleep(Duration::from_micros(500));
        }
        if let Ok(frame) = self.waiting.pop() {
            return Some(frame);
        }
        if !gate.open.load(Ordering::SeqCst) {
            self.level = 0.0;
        }
        None
    }
}

fn stream<S: SizedSample + FromSample<f32> + Send + 'static>(
    device: &Device,
    config: StreamConfig,
    mut door: Door,
) -> Result<cpal::Stream, cpal::Error> {
    let fail = Arc::clone(&door.gate);
    let play = move |out: &mut [S], info: &cpal::OutputCallbackInfo| {
        let times = info.timestamp();
        door.play(out, times.playback.saturating_duration_since(times.callback));
    };
    // A gap is heard as a gap and is no reason to stop; nor is a device that another has taken the place of.
    let minor = [ErrorKind::Xrun, ErrorKind::DeviceChanged, ErrorKind::RealtimeDenied];
    let failed = move |error: cpal::Error| {
        if !minor.contains(&error.kind()) {
            fail.failed.store(true, Ordering::SeqCst);
        }
    };
    device.build_output_stream(config, play, failed, None)
}

fn unusable(reason: impl Into<String>) -> SinkError {
    SinkError::NoDevice { reason: reason.into() }
}

fn describe(device: &Device) -> String {
    device.description().map_or_else(|_| "the default device".to_owned(), |about| about.name().to_owned())
}

/// What a device is asked for by.
fn id(device: &Device) -> Option<String> {
    let id = device.id().ok()?.to_string();
    Some(id.split_once(':').map_or(id.as_str(), |(_, name)| name).to_owned())
}

/// Sound devices that can be played on.
///
/// # Errors
///
/// When there are none.
pub fn devices() -> Result<Vec<DeviceInfo>, SinkError> {
    if nothing_to_play_on() {
        return Err(unusable("none was found"));
    }
    let _quiet = Hush::begin();
    let host = cpal::default_host();
    let default = host.default_output_device().as_ref().and_then(id);
    let devices = host.output_devices().map_err(|error| unusable(error.to_string()))?;
    let mut found: Vec<DeviceInfo> = Vec::new();
    for device in devices {
        let Some(name) = id(&device) else { continue };
        if found.iter().all(|known| known.name != name) {
            found.push(DeviceInfo { default: Some(&name) == default.as_ref(), description: describe(&device), name });
        }
    }
    if found.is_empty() { Err(unusable("none was found")) } else { Ok(found) }
}

/// The device of a name: the one that is called so, or the only one whose name or description has it in it.
fn find(wanted: &str) -> Result<Device, SinkError> {
    let host = cpal::default_host();
    let devices: Vec<Device> = host
        .output_devices()
        .map_err(|error| unusable(error.to_string()))?
        .filter(|device| id(device).is_some())
        .collect();
    let names: Vec<String> = devices.iter().filter_map(id).collect();
    let lower = wanted.to_lowercase();
    let like = |device: &&Device| {
        id(device).is_some_and(|name| name.to_lowercase().contains(&lower))
            || describe(device).to_lowercase().contains(&lower)
    };
    let exact = names.iter().position(|name| name == wanted);
    match (exact, devices.iter().filter(like).collect::<Vec<_>>().as_slice()) {
        (Some(exact), _) => Ok(devices[exact].clone()),
        (None, [only]) => Ok((*only).clone()),
        _ => Err(SinkError::UnknownDevice { name: wanted.to_owned(), known: names }),
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

/// Keeps what the system's sound libraries write on standard error from being seen, until it is dropped.
pub struct Hush {
    #[cfg(unix)]
    before: Option<std::os::fd::OwnedFd>,
}

impl Hush {
    /// Begins. Where standard error cannot be turned away, it is not.
    #[must_use]
    pub fn begin() -> Self {
        #[cfg(unix)]
        {
            let turn = || {
                let before = rustix::io::dup(rustix::stdio::stderr()).ok()?;
                rustix::stdio::dup2_stderr(File::options().write(true).open("/dev/null").ok()?).ok()?;
                Some(before)
            };
            Self { before: turn() }
        }
        #[cfg(not(unix))]
        Self {}
    }
}

impl Drop for Hush {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(before) = &self.before {
            let _ = rustix::stdio::dup2_stderr(before);
        }
    }
}

/// The length of the fades with which playback is paused and goes on.
pub const GENTLY: Duration = Duration::from_millis(10);
