//! `undertone library tag`, `favourite`, `rename`, `remove`, `undo` and `purge`.

use super::Talk;
use clap::Args;
use std::process::ExitCode;
use undertone::{
    error::Error,
    library::{Library, shown},
};

#[derive(Debug, Args)]
pub(super) struct Tag {
    /// The session
    name: String,
    /// Tags to add
    tags: Vec<String>,
    /// A tag to take away
    #[arg(long, value_name = "TAG")]
    remove: Vec<String>,
}

impl Tag {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let slug = library.resolve(&self.name)?;
        let tags = library.tag(&slug, &self.tags, &self.remove)?;
        let tags = if tags.is_empty() { "no tags".to_owned() } else { shown(&tags.join(", ")) };
        talk.summary(&format!("{slug}: {tags}"));
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub(super) struct Favourite {
    /// The session
    name: String,
    /// Take the mark away
    #[arg(long)]
    off: bool,
}

impl Favourite {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let slug = library.resolve(&self.name)?;
        library.favour(&slug, !self.off)?;
        talk.summary(&format!("{slug}: {}", if self.off { "no favourite any more" } else { "★ a favourite" }));
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub(super) struct Rename {
    /// The session
    name: String,
    /// Its new title
    title: String,
}

impl Rename {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let slug = library.resolve(&self.name)?;
        let new = library.rename(&slug, &self.title)?;
        talk.summary(&format!("{slug} is now {new}: \"{}\"", shown(self.title.trim())));
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub(super) struct Remove {
    /// The sessions
    #[arg(required = true)]
    names: Vec<String>,
}

impl Remove {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let mut slugs = self.names.iter().map(|name| library.resolve(name)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = std::collections::HashSet::new();
        slugs.retain(|slug| seen.insert(slug.clone()));
        library.remove(&slugs)?;
        talk.summary(&format!("removed {}; \"undertone library undo\" brings it back", slugs.join(", ")));
        Ok(ExitCode::SUCCESS)
    }
}

pub(super) fn undo(library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
    for (was, now) in library.undo()? {
        let other = if was == now { String::new() } else { format!(" as {now}: {was} is another session now") };
        talk.summary(&format!("brought back {was}{other}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn purge(library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
    let count = library.purge()?;
    talk.summary(&match count {
        0 => "the trash is empty".to_owned(),
        1 => "one session is gone for good".to_owned(),
        count => format!("{count} sessions are gone for good"),
    });
    Ok(ExitCode::SUCCESS)
}
