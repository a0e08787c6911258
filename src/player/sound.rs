//! What was read of a source, brought to what a device is given.

use super::source::Source;
use crate::{
    audio::{Frames, Stereo},
    master::Master,
    mix::Volumes,
    sink::Dither,
};
use std::time::Duration;

/// Frames that are read at once.
pub(super) const BLOCK: usize = 1024;

/// Read before a place that is jumped to, so that the limiter is there as it would be.
const RUN_IN: Duration = Duration::from_millis(1_500);

/// The sound on its way from the source to the device.
pub(super) struct Sound {
    master: Option<(Master, Dither)>,
    /// The next frame that is read from the source.
    pub(super) read: Frames,
    /// The next frame that comes out behind the limiter.
    pub(super) out: Frames,
    /// What comes out before this frame is not heard.
    pub(super) from: Frames,
    /// What is heard as it was read: the volumes that the last block ended with.
    pub(super) volumes: Volumes,
    /// Highest samples of what was read last.
    pub(super) peaks: Volumes,
    /// What could not be handed over yet, from frame `out` less its length on.
    pub(super) rest: Vec<Stereo>,
    /// The gain that the sleep timer had come to.
    pub(super) asleep: f32,
    pub(super) ended: bool,
}

impl Sound {
    /// The sound from a frame on, with the volumes and the sleep timer's gain that the sound before had.
    pub(super) fn new(source: &dyn Source, from: Frames, volumes: Volumes, asleep: f32) -> Self {
        let rate = source.rate();
        let master = source.finish().map(|(ceiling, seed)| (Master::with_ceiling(rate, ceiling), Dither::new(seed)));
        let read = if master.is_some() { from - rate.frames(RUN_IN) } else { from };
        Self {
            master,
            read,
            out: read,
            from,
            volumes,
            peaks: Volumes { voice: 0.0, bed: 0.0 },
            rest: Vec::new(),
            asleep,
            ended: false,
        }
    }

    /// Reads the next frames of a source; what is heard of them is added to the rest.
    pub(super) fn read(&mut self, source: &mut dyn Source, count: usize, volumes: Volumes, asleep: f32) {
        let mut block = [Stereo::ZERO; BLOCK];
        let block = &mut block[..count];
        self.peaks = source.hear(self.read, block, self.volumes, volumes);
        self.volumes = volumes;
        self.read.0 += count as u64;
        let (from, step) = (self.asleep, (asleep - self.asleep) / count as f32);
        self.asleep = asleep;
        if from != 1.0 || step != 0.0 {
            block.iter_mut().enumerate().for_each(|(i, frame)| *frame = *frame * (from + step * (i + 1) as f32));
        }
        let ready = match &mut self.master {
            Some((master, _)) => master.process(block).to_vec(),
            None => block.to_vec(),
        };
        self.hand_on(&ready);
    }

    /// What the limiter held back comes out.
    pub(super) fn finish(&mut self) {
        self.ended = true;
        if let Some((master, dither)) = self.master.take() {
            let (rest, _) = master.finish();
            self.master = None;
            self.quantize(&rest, Some(dither));
        }
    }

    fn hand_on(&mut self, ready: &[Stereo]) {
        let dither = self.master.as_ref().map(|(_, dither)| *dither);
        self.quantize(ready, dither);
    }

    /// Brings frames to 16 bits as a rendered file has them, with the dither of their place.
    fn quantize(&mut self, ready: &[Stereo], dither: Option<Dither>) {
        for frame in ready {
            if self.out >= self.from {
                self.rest.push(match dither {
                    Some(dither) => {
                        let ([left, right], _) = dither.quantize(*frame, 16, self.out.0);
                        Stereo { left: left as f32 / 32_768.0, right: right as f32 / 32_768.0 }
                    }
                    None => *frame,
                });
            }
            self.out.0 += 1;
        }
    }
}
