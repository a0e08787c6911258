//! Talk with a person: progress, warnings and errors on standard error, results on standard output.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{IsTerminal, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use undertone::{
    error::Error,
    script::{Source, diagnostic::Diagnostic},
    session::{Prepared, Stage, Watch, chain},
};

static STOPPED: AtomicBool = AtomicBool::new(false);
static ASKING: AtomicBool = AtomicBool::new(false);

/// What stands between the program and a person.
#[derive(Debug)]
pub(super) struct Talk {
    colour: bool,
    bar: Mutex<Option<ProgressBar>>,
    bars: bool,
    quiet: bool,
}

impl Talk {
    pub(super) fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colour: terminal && !dumb && !no_colour, bar: Mutex::new(None), bars: terminal && !dumb, quiet: false }
    }

    /// The same, without progress and summaries.
    pub(super) fn quiet(mut self, quiet: bool) -> Self {
        self.bars &= !quiet;
        self.quiet = quiet;
        self
    }

    /// From now on Ctrl-C asks the work to stop; a second one ends it, as the first does while a question is open.
    pub(super) fn watch_for_stop() {
        drop(ctrlc::set_handler(|| {
            if STOPPED.swap(true, Ordering::SeqCst) || ASKING.load(Ordering::SeqCst) {
                std::process::exit(130);
            }
        }));
    }

    /// Says whether a question waits for its answer.
    pub(super) fn asking(open: bool) {
        ASKING.store(open, Ordering::SeqCst);
    }

    fn line(&self, text: &str) {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let write = || {
            let _ = writeln!(std::io::stderr(), "{text}");
        };
        match &*bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What was done, for a person.
    pub(super) fn summary(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// A result, for a program.
    pub(super) fn result(text: &str) -> Result<(), Error> {
        Self::bytes(format!("{text}\n").as_bytes())
    }

    /// The same without a line's end.
    pub(super) fn bytes(bytes: &[u8]) -> Result<(), Error> {
        let mut out = std::io::stdout().lock();
        // A reader that has gone wants no more.
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Request {
                message: format!("cannot write to standard output: {error}"),
                help: "free some space, or send it elsewhere".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &[Source]) {
        for diagnostic in diagnostics {
            self.line(diagnostic.render(sources, self.colour).trim_end());
        }
    }

    /// Warnings about a script that can be made into sound all the same.
    pub(super) fn remarks(&self, prepared: &Prepared) {
        if !self.quiet {
            self.diagnostics(&prepared.remarks, &prepared.sources);
        }
    }

    pub(super) fn error(&self, error: &Error) {
        match error {
            Error::Script { diagnostics, sources } => self.diagnostics(diagnostics, sources),
            error => {
                self.line(&format!("{}: {}", self.paint("1;31", "error"), chain(error)));
                let help = match error {
                    Error::UnknownVoice(unknown) => Some(unknown.help.as_str()),
                    Error::Request { help, .. } => Some(help.as_str()),
                    _ => None,
                };
                if let Some(help) = help {
                    self.line(&format!("  {}: {help}", self.paint("1;36", "help")));
                }
            }
        }
    }

    fn finish_bar(&self) {
        if let Some(bar) = self.bar.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Talk {
    fn begin(&self, stage: Stage, steps: u64) {
        self.finish_bar();
        if !self.bars {
            return;
        }
        let (name, unit) = match stage {
            Stage::Speaking => ("speaking", "{pos}/{len}"),
            Stage::Mixing => ("mixing  ", "{percent}%"),
        };
        let template = format!("{name} {{bar:40}} {unit} {{eta}}");
        let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style.progress_chars("━╸─"));
        }
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar);
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = &*self.bar.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.inc(steps);
        }
    }

    fn warn(&self, message: &str) {
        self.line(&format!("{}: {message}", self.paint("1;33", "warning")));
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::SeqCst)
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.finish_bar();
    }
}
