//! The default sound device, as a sink.

use super::{Output, Sink, SinkError};
use crate::audio::{SampleRate, Stereo};
use std::{thread::sleep, time::Duration};

/// Plays what is written. Writing waits until the device has room, so it goes on at the speed of the sound.
pub struct Speakers {
    output: Output,
}

impl Speakers {
    /// Opens the default device for two channels.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not play at this rate.
    pub fn open(rate: SampleRate) -> Result<Self, SinkError> {
        let output = Output::open(None, rate)?;
        output.open_gate(Duration::ZERO);
        Ok(Self { output })
    }

    /// Waits a moment, as long as the device goes on.
    fn wait(&self) -> Result<(), SinkError> {
        if self.output.has_gone() {
            return Err(SinkError::NoDevice { reason: "it has stopped".to_owned() });
        }
        sleep(Duration::from_millis(2));
        Ok(())
    }
}

impl Sink for Speakers {
    type Done = ();

    fn write(&mut self, mut block: &[Stereo]) -> Result<(), SinkError> {
        while !block.is_empty() {
            block = &block[self.output.put(block)..];
            if !block.is_empty() {
                self.wait()?;
            }
        }
        Ok(())
    }

    /// Waits until all has been taken, and heard as far as can be known.
    fn finish(self) -> Result<(), SinkError> {
        self.output.end();
        while self.output.waiting() > 0 {
            self.wait()?;
        }
        // What the device took last is on its way still.
        sleep(self.output.delay() + Duration::from_millis(60));
        Ok(())
    }
}
