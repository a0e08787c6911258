//! Signals: what the world asks for.

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP},
    flag,
    low_level::emulate_default_handler,
};
use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// What has come since it was asked for last. They are caught once for the whole program: a handler cannot be taken back safely.
#[derive(Debug, Default)]
pub(super) struct Signals {
    end: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    go_on: Arc<AtomicBool>,
    /// Whether those that end a program end it at once, as they would without us.
    unwatched: Arc<AtomicBool>,
}

impl Signals {
    /// Watches from now until the result is dropped.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(super) fn watch() -> io::Result<Watched> {
        static SIGNALS: OnceLock<Signals> = OnceLock::new();
        let signals = if let Some(signals) = SIGNALS.get() {
            signals
        } else {
            let signals = Self::default();
            for signal in [SIGINT, SIGTERM, SIGHUP] {
                flag::register_conditional_default(signal, Arc::clone(&signals.unwatched))?;
                flag::register_usize(signal, Arc::clone(&signals.end), signal as usize)?;
            }
            flag::register(SIGTSTP, Arc::clone(&signals.stop))?;
            flag::register(SIGCONT, Arc::clone(&signals.go_on))?;
            SIGNALS.get_or_init(|| signals)
        };
        signals.unwatched.store(false, Ordering::SeqCst);
        Ok(Watched(signals))
    }
}

/// Signals that are watched.
#[derive(Debug)]
pub(super) struct Watched(&'static Signals);

impl Watched {
    /// The signal that asked for the end.
    pub(super) fn end(&self) -> Option<i32> {
        match self.0.end.swap(0, Ordering::SeqCst) {
            0 => None,
            signal => Some(signal as i32),
        }
    }

    /// Whether it was asked to stop for a while.
    pub(super) fn stop(&self) -> bool {
        self.0.stop.swap(false, Ordering::SeqCst)
    }

    /// Whether it was stopped, and goes on.
    pub(super) fn goes_on(&self) -> bool {
        self.0.go_on.swap(false, Ordering::SeqCst)
    }

    /// Stops the process until it is told to go on.
    pub(super) fn stop_here(&self) {
        let _ = emulate_default_handler(SIGTSTP);
        self.goes_on();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.unwatched.store(true, Ordering::SeqCst);
    }
}

/// Whether there is a shell that could bring the program back after it was stopped. A group of processes whose parents are all of other
/// sessions is never stopped by the system either.
pub(super) fn can_come_back() -> bool {
    use rustix::process::{getpgrp, getppid, getsid};
    let Ok(session) = getsid(None) else { return false };
    getpgrp() != session && getppid().is_some_and(|parent| getsid(Some(parent)) == Ok(session))
}

/// Asks the whole group to stop, as Ctrl-Z does outside of raw mode: a script that runs us stops too.
pub(super) fn stop_group() {
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
}
