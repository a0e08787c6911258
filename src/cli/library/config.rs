//! `undertone/config.toml` in the configuration folder.

use etcetera::BaseStrategy;
use std::{fs, io, path::PathBuf};
use undertone::error::Error;

/// What may stand in it.
const KEYS: [&str; 1] = ["library"];

fn base() -> Result<impl BaseStrategy, Error> {
    etcetera::choose_base_strategy().map_err(|error| Error::Request {
        message: format!("cannot tell where your files are: {error}"),
        help: "set $HOME, or name the library with --library".to_owned(),
    })
}

/// The library's folder when nothing names another.
pub(super) fn data_folder() -> Result<PathBuf, Error> {
    Ok(base()?.data_dir().join("undertone").join("library"))
}

/// `library = "PATH"`; a path that begins with `~/` is in the home folder, another is from the root.
pub(super) fn library() -> Result<Option<PathBuf>, Error> {
    let base = base()?;
    let path = base.config_dir().join("undertone").join("config.toml");
    let bad = |message: String, help: &str| Error::Request {
        message: format!("cannot use {}: {message}", path.display()),
        help: help.to_owned(),
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(error.to_string(), "make it readable, or remove it")),
    };
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| bad(error.message().to_owned(), "write it as library = \"PATH\""))?;
    if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(bad(format!("there is no \"{unknown}\""), "known is library = \"PATH\""));
    }
    let Some(value) = table.get("library") else { return Ok(None) };
    let folder = value.as_str().filter(|folder| !folder.is_empty());
    let folder = folder.map(|folder| match folder.strip_prefix("~/") {
        Some(rest) => base.home_dir().join(rest),
        None => PathBuf::from(folder),
    });
    match folder.filter(|folder| folder.is_absolute()) {
        Some(folder) => Ok(Some(folder)),
        None => {
            Err(bad("\"library\" is not a path from the root".to_owned(), "write library = \"/PATH\" or \"~/PATH\""))
        }
    }
}
