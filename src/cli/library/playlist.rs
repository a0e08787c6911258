//! `undertone library playlist`.

use super::super::clock;
use super::{Talk, play::play_row, table::table};
use crate::cli::play::How;
use clap::{Args, Subcommand};
use serde_json::json;
use std::{process::ExitCode, time::Duration};
use undertone::{
    bed,
    error::Error,
    library::{Library, shown},
    session::Watch,
    speech::catalog,
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct PlaylistCommand {
    /// The playlist to show; all of them when absent
    name: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the playlists
    List {
        /// Print them as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one
    Show {
        /// The playlist
        name: String,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Play one: its sessions in a row, its ambience under all of them
    Play {
        /// The playlist
        name: String,
        #[command(flatten)]
        how: How,
    },
    /// Add sessions to the end of one, which is made when there is none
    Add {
        /// The playlist
        name: String,
        /// The sessions
        #[arg(required = true)]
        sessions: Vec<String>,
        /// An ambience that goes through, and its level in dB
        #[arg(long, value_name = "NAME[:LEVEL]", value_parser = parse_bed)]
        bed: Option<(String, Option<f32>)>,
    },
    /// Take sessions out of one
    Remove {
        /// The playlist
        name: String,
        /// The sessions
        #[arg(required = true)]
        sessions: Vec<String>,
    },
    /// Give one an ambience that goes through, or none
    Bed {
        /// The playlist
        name: String,
        /// The ambience and its level in dB, or off
        #[arg(value_name = "NAME[:LEVEL]|off", value_parser = parse_bed)]
        bed: (String, Option<f32>),
    },
    /// Remove one; its sessions stay
    Delete {
        /// The playlist
        name: String,
    },
}

fn parse_bed(text: &str) -> Result<(String, Option<f32>), String> {
    let Some((name, level)) = text.split_once(':') else { return Ok((text.to_owned(), None)) };
    let level = level.trim().trim_end_matches("dB").trim().parse().ok();
    match level.filter(|level| (-90.0..=12.0).contains(level)) {
        Some(level) => Ok((name.to_owned(), Some(level))),
        None => Err("write it as NAME:LEVEL; a level is -90 to 12 dB".to_owned()),
    }
}

impl PlaylistCommand {
    pub(super) fn run(self, library: &Library, talk: &Talk) -> Result<ExitCode, Error> {
        let resolved =
            |names: Vec<String>| names.iter().map(|name| library.resolve(name)).collect::<Result<Vec<_>, _>>();
        match (self.action, self.name) {
            (None, Some(name)) => show(library, &name, self.json, talk)?,
            (Some(Action::Show { name, json }), _) => show(library, &name, json, talk)?,
            (None, None) => list(library, self.json, talk)?,
            (Some(Action::List { json }), _) => list(library, json, talk)?,
            (Some(Action::Add { name, sessions, bed }), _) => {
                if let Some((bed, _)) = &bed {
                    known(bed)?;
                }
                let sessions = resolved(sessions)?;
                let name = library.add_to_playlist(&name, &sessions)?;
                if bed.is_some() {
                    library.set_playlist_bed(&name, bed)?;
                }
                talk.summary(&format!("{name}: added {}", sessions.join(", ")));
            }
            (Some(Action::Remove { name, sessions }), _) => {
                // What is in the playlist and not in the library any more has only its name.
                let gone = library.playlist(&name)?.missing;
                let meant = |name: &String| match library.resolve(name) {
                    Ok(slug) if !gone.contains(name) => slug,
                    _ => name.clone(),
                };
                let sessions: Vec<String> = sessions.iter().map(meant).collect();
                library.remove_from_playlist(&name, &sessions)?;
                talk.summary(&format!("{}: removed {}", shown(&name), shown(&sessions.join(", "))));
            }
            (Some(Action::Play { name, how }), _) => return play_row(library, &name, &how, talk),
            (Some(Action::Bed { name, bed }), _) => {
                let bed = if bed == ("off".to_owned(), None) { None } else { Some(bed) };
                if let Some((bed, _)) = &bed {
                    known(bed)?;
                }
                library.set_playlist_bed(&name, bed)?;
            }
            (Some(Action::Delete { name }), _) => {
                library.delete_playlist(&name)?;
                talk.summary(&format!("the playlist {} is gone; its sessions are still there", shown(&name)));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether there is such an ambience.
fn known(name: &str) -> Result<(), Error> {
    bed::find(name, &catalog::data_folders("ambience", &[], "UNDERTONE_AMBIENCE"))?;
    Ok(())
}

fn list(library: &Library, json: bool, talk: &Talk) -> Result<(), Error> {
    let names = library.playlists()?;
    if json {
        return Talk::result(&format!("{:#}", json!(names)));
    }
    if names.is_empty() {
        talk.summary("no playlists; make one with \"undertone library playlist add NAME SESSION...\"");
        return Ok(());
    }
    let mut rows = Vec::new();
    for name in names {
        let row = match library.playlist(&name) {
            Ok(playlist) => {
                let length: Duration = playlist.sessions.iter().map(|entry| entry.about.length).sum();
                vec![name, playlist.sessions.len().to_string(), clock(length), bed_of(playlist.bed.as_ref())]
            }
            Err(error) => {
                talk.warn(&error.to_string());
                continue;
            }
        };
        rows.push(row);
    }
    Talk::result(&table(&rows, &[1, 2]))
}

fn bed_of(bed: Option<&(String, f32)>) -> String {
    bed.map(|(name, level)| format!("{} at {level} dB", shown(name))).unwrap_or_default()
}

fn show(library: &Library, name: &str, json: bool, talk: &Talk) -> Result<(), Error> {
    let playlist = library.playlist(name)?;
    if json {
        let sessions: Vec<&str> = playlist.sessions.iter().map(|entry| entry.slug.as_str()).collect();
        let bed = playlist.bed.as_ref().map(|(name, level)| json!({ "name": name, "level": level }));
        let value = json!({ "name": playlist.name, "sessions": sessions, "missing": playlist.missing, "bed": bed });
        return Talk::result(&format!("{value:#}"));
    }
    let rows: Vec<Vec<String>> = playlist
        .sessions
        .iter()
        .zip(1..)
        .map(|(entry, n)| vec![n.to_string(), shown(&entry.about.title), clock(entry.about.length), entry.slug.clone()])
        .collect();
    if rows.is_empty() {
        talk.summary(&format!("the playlist {} is empty", playlist.name));
    } else {
        Talk::result(&table(&rows, &[0, 2]))?;
    }
    if playlist.bed.is_some() {
        talk.summary(&format!("with {} all through", bed_of(playlist.bed.as_ref())));
    }
    for missing in &playlist.missing {
        talk.warn(&format!("{} is not in the library any more", shown(missing)));
    }
    Ok(())
}
