//! The terminal: taken for the time of the picture, and given back as it was on every way out.

use crossterm::{
    cursor::{Hide, Show},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
    termios::{OptionalActions, tcgetattr, tcsetattr},
};
use std::{
    io::{self, IsTerminal, Stdout, stdin, stdout},
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Whether the terminal is ours now: a panic of any thread gives it back once, before its message.
static TAKEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Whether there is a terminal that a picture can be drawn on and keys can be read from.
pub(super) fn is_there() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    !dumb && stdin().is_terminal() && stdout().is_terminal()
}

/// The terminal as ours; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Taken(());

#[allow(clippy::unused_self, reason = "only who has taken the terminal may lend it")]
impl Taken {
    /// Raw mode, the alternate screen, no cursor.
    ///
    /// # Errors
    ///
    /// Those of the terminal; it is given back then.
    pub(super) fn take() -> io::Result<Self> {
        HOOK.call_once(|| {
            let former = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                give_back();
                former(panic);
            }));
        });
        TAKEN.store(true, Ordering::SeqCst);
        let taken = Self(());
        enter()?;
        Ok(taken)
    }

    /// Gives it back for a while.
    pub(super) fn lend(&self) {
        give_back();
    }

    /// Takes it again, whatever was done to it meanwhile.
    ///
    /// # Errors
    ///
    /// Those of the terminal.
    pub(super) fn take_again(&self) -> io::Result<()> {
        // A shell may have changed the modes while the program was stopped: they are ours only after they were set anew.
        let _ = disable_raw_mode();
        TAKEN.store(true, Ordering::SeqCst);
        enter()
    }

    /// Whether a panic elsewhere has given it back.
    pub(super) fn was_lost(&self) -> bool {
        !TAKEN.load(Ordering::SeqCst)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        give_back();
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, Hide)
}

fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that has gone needs nothing.
        let _ = execute!(stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// What is drawn on.
pub(super) fn canvas() -> io::Result<Terminal<CrosstermBackend<Stdout>>> {
    Terminal::new(CrosstermBackend::new(stdout()))
}

/// Where events come from; a test has its own.
pub(super) trait Events {
    /// The next event, or nothing when none comes in this time, or a signal does.
    ///
    /// # Errors
    ///
    /// When none will ever come: the terminal has gone.
    fn next(&mut self, wait: Duration) -> io::Result<Option<crossterm::event::Event>>;
}

/// The keyboard.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// Whether there may be more of what was read at once.
    more: bool,
}

impl Events for Keyboard {
    fn next(&mut self, wait: Duration) -> io::Result<Option<crossterm::event::Event>> {
        if !self.more && !readable(wait)? {
            return Ok(None);
        }
        self.more = crossterm::event::poll(Duration::ZERO)?;
        if !self.more {
            // Crossterm is told of a key once, and forgets it when the window changes at the same time.
            tell_again()?;
            self.more = crossterm::event::poll(Duration::ZERO)?;
        }
        if self.more { crossterm::event::read().map(Some) } else { Ok(None) }
    }
}

/// Has the system tell everybody who waits for the terminal again that there is something to read: it does so whenever modes are set,
/// also the same ones.
fn tell_again() -> io::Result<()> {
    let stdin = stdin();
    let modes = tcgetattr(&stdin)?;
    Ok(tcsetattr(&stdin, OptionalActions::Now, &modes)?)
}

/// Whether there is something to read. Crossterm's own wait never returns once the terminal has gone, so it is not begun then.
fn readable(wait: Duration) -> io::Result<bool> {
    let stdin = stdin();
    let mut wanted = [PollFd::new(&stdin, PollFlags::IN)];
    let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
    match poll(&mut wanted, Some(&wait)) {
        Err(Errno::INTR) => return Ok(false),
        Err(error) => return Err(error.into()),
        Ok(_) => {}
    }
    let seen = wanted[0].revents();
    if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        return Err(io::Error::from(io::ErrorKind::BrokenPipe));
    }
    Ok(seen.contains(PollFlags::IN))
}
