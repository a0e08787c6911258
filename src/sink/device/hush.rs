//! Sound libraries write on standard error at length, in words that help nobody.

use std::io::{self, Write};
#[cfg(unix)]
use std::{
    fs::File,
    os::fd::OwnedFd,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Keeps what the system's sound libraries write on standard error from being seen, until the last of them is dropped.
pub struct Hush(());

/// How many there are, and standard error as it was before the first.
#[cfg(unix)]
static TURNED_AWAY: Mutex<(usize, Option<OwnedFd>)> = Mutex::new((0, None));

impl Hush {
    /// Begins. Where standard error cannot be turned away, it is not.
    #[must_use]
    pub fn begin() -> Self {
        #[cfg(unix)]
        {
            let (count, before) = &mut *look();
            *count += 1;
            if before.is_none() {
                *before = turn_away();
            }
        }
        Self(())
    }

    /// Ends them all at once: one of them belongs to work that stands still, and something has to be said.
    pub fn lift() {
        #[cfg(unix)]
        restore(&mut look().1);
    }
}

impl Drop for Hush {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let (count, before) = &mut *look();
            *count -= 1;
            if *count == 0 {
                restore(before);
            }
        }
    }
}

/// Standard error for what is meant to be seen, also while it is turned away from others.
#[derive(Debug)]
pub struct Aloud;

impl Write for Aloud {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(unix)]
        if let Some(before) = &look().1 {
            return Ok(rustix::io::write(before, bytes)?);
        }
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(unix)]
fn look() -> MutexGuard<'static, (usize, Option<OwnedFd>)> {
    TURNED_AWAY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(unix)]
fn turn_away() -> Option<OwnedFd> {
    let before = rustix::io::dup(rustix::stdio::stderr()).ok()?;
    rustix::stdio::dup2_stderr(File::options().write(true).open("/dev/null").ok()?).ok()?;
    Some(before)
}

#[cfg(unix)]
fn restore(before: &mut Option<OwnedFd>) {
    if let Some(before) = before.take() {
        let _ = rustix::stdio::dup2_stderr(before);
    }
}
