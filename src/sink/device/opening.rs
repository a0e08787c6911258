//! A sound server that stands still holds up whoever asks it: it is asked from a thread of its own, and not waited for without end.

use super::{Hush, Output, unusable};
use crate::{audio::SampleRate, sink::SinkError};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

/// How long a sound system is waited for until it is said that it does not answer.
const ANSWERS: Duration = Duration::from_millis(1_600);

/// What a thread of its own finds out.
struct Asked<T>(Receiver<T>);

impl<T: Send + 'static> Asked<T> {
    fn of(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (answer, asked) = channel();
        // Without a thread there is no answer either; an answer that nobody waits for any more is dropped there.
        let ask = move || drop(answer.send(work()));
        drop(thread::Builder::new().name("device".into()).spawn(ask));
        Self(asked)
    }

    /// The answer; nothing as long as there is none.
    fn answer(&self, most: Duration) -> Option<Result<T, SinkError>> {
        match self.0.recv_timeout(most) {
            Ok(answer) => Some(Ok(answer)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Err(unusable("the sound system cannot be asked"))),
        }
    }
}

/// Asks a sound system for something, and gives up when it does not answer.
pub(super) fn ask<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SinkError> + Send + 'static,
) -> Result<T, SinkError> {
    Asked::of(work).answer(ANSWERS).unwrap_or_else(|| {
        Hush::lift();
        Err(unusable("the sound system does not answer"))
    })?
}

/// A device that is being opened.
pub struct Opening(Asked<Result<Output, SinkError>>);

impl Opening {
    /// Begins to open a device for two channels: the one of this name when there is one, else the default one.
    #[must_use]
    pub fn begin(name: Option<String>, rate: SampleRate) -> Self {
        Self(Asked::of(move || {
            let named = name.and_then(|name| Output::open_now(Some(&name), rate).ok());
            named.map_or_else(|| Output::open_now(None, rate), Ok)
        }))
    }

    /// What came of it; nothing as long as that is not known.
    #[must_use]
    pub fn done(&self) -> Option<Result<Output, SinkError>> {
        self.0.answer(Duration::ZERO).map(|opened| opened?)
    }
}

/// Drops what may have to wait for a sound system, and waits for that, but not long.
pub(super) fn let_go(held: impl Send + 'static) {
    /// One that answers takes some milliseconds.
    const LETS_GO: Duration = Duration::from_millis(500);
    Asked::of(move || drop(held)).answer(LETS_GO);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::mpsc::sync_channel, time::Instant};

    #[test]
    fn what_does_not_answer_is_given_up_and_what_answers_is_not() {
        assert_eq!(ask(|| Ok(7)).ok(), Some(7));
        let (_kept, never) = sync_channel::<()>(0);
        let began = Instant::now();
        let told = ask(move || Ok(never.recv().is_ok())).unwrap_err().to_string();
        assert!(told.contains("the sound system does not answer"), "{told}");
        assert!(began.elapsed() >= ANSWERS);
        let died = ask::<()>(|| panic!("of a test")).unwrap_err().to_string();
        assert!(died.contains("cannot be asked"), "{died}");
    }
}
