//! The command line of Undertone.

mod cli;

use std::process::ExitCode;

/// Buffers of megabytes come and go with every utterance; giving their pages back to the system each time costs more than a tenth of
/// the speech's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
