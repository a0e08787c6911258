//! Sound libraries write on standard error at length, in words that help nobody.

use std::fs::File;

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
