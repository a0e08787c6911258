//! `undertone library`: one file a group of its commands.

mod add;
mod carry;
mod change;
mod check;
mod config;
mod history;
mod list;
mod play;
mod playlist;
mod site;
mod table;

use super::Talk;
use clap::{Args, Subcommand};
use std::{path::PathBuf, process::ExitCode};
use undertone::{
    error::Error,
    library::{Library, LibraryError},
};

#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "these are words of the help, where ticks would be seen")]
pub(super) struct LibraryCommand {
    /// The folder of the library [default: $UNDERTONE_LIBRARY, else "library" of the configuration, else
    /// undertone/library in the data folder]
    #[arg(long, value_name = "DIR", global = true)]
    library: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a script and keep the session
    Add(add::Add),
    /// Render a session again: with another voice, other answers, or a changed script
    Render(add::Render),
    /// List sessions
    List(list::List),
    /// Find sessions by words in their title, tags and text
    Search(list::Search),
    /// Show all that is known of a session
    Show(list::Show),
    /// Play a session
    Play(play::Play),
    /// Add tags to a session, or take them away
    Tag(change::Tag),
    /// Mark a session as a favourite
    Favourite(change::Favourite),
    /// Give a session another title
    Rename(change::Rename),
    /// Move sessions to the trash
    Remove(change::Remove),
    /// Bring back what was removed last
    Undo,
    /// Empty the trash
    Purge,
    /// Show what was heard, when, and how far
    History(history::History),
    /// Write down that a session was heard elsewhere
    Heard(history::HeardElsewhere),
    /// Write sessions into a new folder or a zip archive
    Export(carry::Export),
    /// Take over the sessions of a folder or a zip archive
    Import(carry::Import),
    /// Write a web site to listen from a phone
    Site(site::Site),
    /// Hold every file against its hash
    Check(check::Check),
    /// Put several sessions in a row
    Playlist(playlist::PlaylistCommand),
}

impl LibraryCommand {
    pub(super) fn run(self, talk: Talk) -> Result<ExitCode, Error> {
        let library = open(self.library)?;
        match self.command {
            Command::Add(command) => command.run(&library, talk),
            Command::Render(command) => command.run(&library, talk),
            Command::List(command) => command.run(&library, &talk),
            Command::Search(command) => command.run(&library, &talk),
            Command::Show(command) => command.run(&library),
            Command::Play(command) => command.run(&library, &talk),
            Command::Tag(command) => command.run(&library, &talk),
            Command::Favourite(command) => command.run(&library, &talk),
            Command::Rename(command) => command.run(&library, &talk),
            Command::Remove(command) => command.run(&library, &talk),
            Command::Undo => change::undo(&library, &talk),
            Command::Purge => change::purge(&library, &talk),
            Command::History(command) => command.run(&library, &talk),
            Command::Heard(command) => command.run(&library, &talk),
            Command::Export(command) => command.run(&library, &talk),
            Command::Import(command) => command.run(&library, &talk),
            Command::Site(command) => command.run(&library, &talk),
            Command::Check(command) => command.run(&library, &talk),
            Command::Playlist(command) => command.run(&library, &talk),
        }
    }
}

/// The person's library: the folder that is asked for, `$UNDERTONE_LIBRARY`, the configuration's, or the one in the data folder.
pub(super) fn open(asked: Option<PathBuf>) -> Result<Library, Error> {
    let variable = || std::env::var_os("UNDERTONE_LIBRARY").filter(|path| !path.is_empty()).map(PathBuf::from);
    let folder = match asked.or_else(variable) {
        Some(folder) => folder,
        None => match config::library()? {
            Some(folder) => folder,
            None => config::data_folder()?,
        },
    };
    Ok(Library::open(&folder)?)
}

fn cannot(message: String) -> Error {
    LibraryError::Cannot(message).into()
}
