//! What stands between the ring and the device: it opens and closes without a click.

use super::PATIENCE;
use crate::audio::{Stereo, raised_cosine};
use cpal::{FromSample, SizedSample};
use rtrb::Consumer;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

/// What the device's thread and the player's share. All orders are sequential: there are few.
#[derive(Debug)]
pub(super) struct Gate {
    pub(super) open: AtomicBool,
    /// How many frames opening and closing take.
    pub(super) ramp: AtomicU32,
    /// Whether it has closed and nothing is heard.
    pub(super) closed: AtomicBool,
    /// Whether what waits in the ring is to be thrown away; the device's thread does it.
    pub(super) drain: AtomicBool,
    /// Whether nothing more will come.
    pub(super) ended: AtomicBool,
    pub(super) failed: AtomicBool,
    /// Times that the device asked for frames.
    pub(super) asked: AtomicU64,
    /// Frames that were taken from the ring and handed to the device.
    pub(super) taken: AtomicU64,
    /// Times that the ring was empty when frames were asked for.
    pub(super) starved: AtomicU64,
    /// Whether the device's thread waits for frames.
    pub(super) waits: AtomicBool,
    pub(super) clock: Mutex<Clock>,
}

impl Gate {
    /// A closed gate.
    pub(super) fn new() -> Self {
        Self {
            open: AtomicBool::new(false),
            ramp: AtomicU32::new(1),
            closed: AtomicBool::new(true),
            drain: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            starved: AtomicU64::new(0),
            waits: AtomicBool::new(false),
            clock: Mutex::new(Clock { taken: 0, at: Instant::now(), delay: Duration::ZERO, asked: 0, stopped: None }),
        }
    }

    /// The device has failed.
    pub(super) fn stop(&self) {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner).stopped.get_or_insert_with(Instant::now);
    }
}

/// When what was handed over is heard.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// Frames that had been handed over when the device last asked.
    pub(super) taken: u64,
    /// When it asked.
    pub(super) at: Instant,
    /// How long it had still to play then.
    pub(super) delay: Duration,
    /// How many frames it asked for.
    pub(super) asked: usize,
    /// When it failed first since then.
    pub(super) stopped: Option<Instant>,
}

/// What runs in the device's thread.
pub(super) struct Door {
    pub(super) gate: Arc<Gate>,
    pub(super) waiting: Consumer<Stereo>,
    /// How far the gate is open, 0 to 1.
    pub(super) level: f32,
}

impl Door {
    pub(super) fn play<S: SizedSample + FromSample<f32>>(&mut self, out: &mut [S], delay: Duration) {
        let gate = Arc::clone(&self.gate);
        // Whoever reads it holds the lock for a few nanoseconds; what is missed once comes with the next period.
        if let Ok(mut clock) = gate.clock.try_lock() {
            *clock = Clock {
                taken: gate.taken.load(Ordering::SeqCst),
                at: Instant::now(),
                delay,
                asked: out.len() / 2,
                stopped: None,
            };
        }
        let mut taken = 0;
        for pair in out.chunks_mut(2) {
            let frame = self.next().inspect(|_| taken += 1).unwrap_or(Stereo::ZERO);
            for (sample, heard) in pair.iter_mut().zip([frame.left, frame.right]) {
                *sample = S::from_sample(heard);
            }
        }
        gate.taken.fetch_add(taken, Ordering::SeqCst);
        gate.asked.fetch_add(1, Ordering::SeqCst);
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
            let frame = self.waiting.pop().ok();
            if frame.is_none() && !gate.open.load(Ordering::SeqCst) {
                self.level = 0.0;
            }
            return frame;
        }
        gate.starved.fetch_add(1, Ordering::SeqCst);
        gate.waits.store(true, Ordering::SeqCst);
        let frame = self.wait_long();
        let gate = &self.gate;
        // First the time, and then the news: whoever sees that nobody waits any more sees that it was just now.
        gate.clock.lock().unwrap_or_else(PoisonError::into_inner).at = Instant::now();
        gate.waits.store(false, Ordering::SeqCst);
        if frame.is_none() && !gate.open.load(Ordering::SeqCst) {
            self.level = 0.0;
        }
        frame
    }

    /// Waits as long as patience lasts, the gate is open, and more is to come.
    fn wait_long(&mut self) -> Option<Stereo> {
        let gate = &self.gate;
        let began = Instant::now();
        while began.elapsed() < PATIENCE && gate.open.load(Ordering::SeqCst) && !gate.ended.load(Ordering::SeqCst) {
            if let Ok(frame) = self.waiting.pop() {
                return Some(frame);
            }
            sleep(Duration::from_micros(500));
        }
        self.waiting.pop().ok()
    }
}
