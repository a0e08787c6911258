//! Sessions into a library.

use super::{Limits, source::Source};
use crate::library::{
    About, Damaged, Entry, FORMAT, HISTORY, Heard, Library, LibraryError, MARKER_NAME, PLAYLISTS, SESSIONS, about,
    disk::{self, Work},
    index,
    make::{new_id, write_about},
    playlist, seal, slug,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Sessions that are new: the names that they had, and those that they have now.
    pub added: Vec<(String, String)>,
    /// Names of sessions that were there already, byte for byte.
    pub same: Vec<String>,
    /// Names of sessions that are there already with another title, other tags or the like, and stay as they are.
    pub other_sessions: Vec<String>,
    /// How many lines of history are new.
    pub heard: usize,
    /// How many lines of history cannot be read, and were left out.
    pub damaged_lines: usize,
    /// Names of playlists that are new.
    pub playlists: Vec<String>,
    /// Names of playlists that are there already with other sessions in them, and stay as they are.
    pub other_playlists: Vec<String>,
    /// Playlists that cannot be read, and were left out.
    pub damaged_playlists: Vec<Damaged>,
    /// Files that no library has, which were left where they are.
    pub ignored: Vec<String>,
}

/// A session that was unpacked, and is what its hashes say.
struct Unpacked {
    name: String,
    folder: PathBuf,
    about: About,
}

impl Library {
    /// Takes over the sessions of a folder or a zip archive: another library, an export, or one session.
    ///
    /// # Errors
    ///
    /// When a name in it is not harmless, something is larger than it may be, or a file is not what its hash says. Nothing of it
    /// is written then.
    pub fn import(&self, from: &Path, limits: Limits) -> Result<Imported, LibraryError> {
        let refused = |reason: String| LibraryError::Refused { path: from.to_owned(), reason };
        let mut source = Source::open(from, limits).map_err(refused)?;
        let (sessions, mut imported) = sessions(&source);
        if source.paths().any(|path| path == MARKER_NAME) {
            let bytes = source.small(MARKER_NAME).map_err(refused)?;
            let table = std::str::from_utf8(&bytes).ok().and_then(|text| toml::from_str::<toml::Table>(text).ok());
            match table.and_then(|table| table.get("format")?.as_integer()) {
                Some(format) if format <= i64::from(FORMAT) => {}
                Some(format) => {
                    return Err(refused(format!("it has format {format}, which a newer undertone made; use that one")));
                }
                None => return Err(refused(format!("its {MARKER_NAME} does not say its format"))),
            }
        }
        if sessions.is_empty() {
            return Err(refused("there is no session in it".to_owned()));
        }
        drop(self.lock()?);
        let work = Work::begin(self.root())?;
        let mut unpacked = Vec::new();
        for (number, (name, files)) in sessions.into_iter().enumerate() {
            let folder = work.folder().join(number.to_string());
            unpacked.push(unpack(&mut source, name, &files, folder, &mut imported).map_err(refused)?);
        }
        let heard;
        (heard, imported.damaged_lines) = history(&mut source).map_err(refused)?;
        let playlists = playlists(&mut source, &mut imported).map_err(refused)?;
        for session in &unpacked {
            disk::sync_files(&session.folder)?;
        }
        self.take_over(unpacked, heard, playlists, &mut imported)?;
        index::renew(self);
        Ok(imported)
    }

    /// Puts everything in its place.
    fn take_over(
        &self,
        unpacked: Vec<Unpacked>,
        mut heard: Vec<Heard>,
        playlists: Vec<(String, Vec<u8>)>,
        imported: &mut Imported,
    ) -> Result<(), LibraryError> {
        let _guard = self.lock()?;
        let known = self.entries()?.entries;
        let mut by_files: HashMap<_, Vec<&Entry>> = HashMap::new();
        for there in &known {
            by_files.entry(&there.about.files).or_default().push(there);
        }
        let here: HashSet<&str> = known.iter().map(|there| there.about.id.as_str()).collect();
        let mut ids: HashSet<String> = here.iter().map(|id| (*id).to_owned()).collect();
        for Unpacked { name, folder, mut about } in unpacked {
            let alike = by_files.get(&about.files).map_or(&[][..], Vec::as_slice);
            // It may have got another id when it was imported before.
            let same = |there: &&&Entry| About { id: there.about.id.clone(), ..about.clone() } == there.about;
            if let Some(there) = alike.iter().find(same) {
                imported.same.push(there.slug.clone());
                continue;
            }
            let itself = alike.iter().find(|there| there.about.id == about.id).or(alike.first());
            if let Some(there) = itself.filter(|_| here.contains(about.id.as_str())) {
                imported.other_sessions.push(there.slug.clone());
                continue;
            }
            // The same session in another state is another session: history, playlists and a site tell them apart by it.
            if !ids.insert(about.id.clone()) {
                about.id = new_id();
                write_about(&folder, &about)?;
            }
            let wanted = if slug::is_slug(&name) { name.clone() } else { slug::slug(&about.title) };
            let entry = self.place_locked(&folder, &wanted, about)?;
            imported.added.push((name, entry.slug));
        }
        for (name, bytes) in playlists {
            let path = self.root().join(PLAYLISTS).join(&name);
            let told = name.trim_end_matches(".toml").to_owned();
            match disk::read(&path) {
                // One of them may have been sealed again after a change by hand.
                Ok(there) if there == bytes || playlist::parse(&there) == playlist::parse(&bytes) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    disk::write(self.root(), &path, &bytes)?;
                    imported.playlists.push(told);
                }
                _ => imported.other_playlists.push(told),
            }
        }
        let known: HashSet<String> = self.history()?.0.iter().filter_map(|heard| heard.line().ok()).collect();
        heard.retain(|heard| heard.line().is_ok_and(|line| !known.contains(&line)));
        imported.heard = heard.len();
        if heard.is_empty() { Ok(()) } else { self.append(&heard) }
    }
}

/// Files of each session, by the name of its folder.
fn sessions(source: &Source) -> (BTreeMap<String, BTreeSet<String>>, Imported) {
    let mut sessions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut imported = Imported::default();
    for path in source.paths() {
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            [SESSIONS, session, file] => drop(sessions.entry(session.to_owned()).or_default().insert(file.to_owned())),
            [MARKER_NAME | HISTORY] => {}
            [PLAYLISTS, name] if playlist_name(name).is_some() => {}
            _ => imported.ignored.push(path.to_owned()),
        }
    }
    // A folder that a person put there is no session.
    sessions.retain(|session, files| {
        let is = files.contains(about::NAME);
        if !is {
            imported.ignored.extend(files.iter().map(|file| format!("{SESSIONS}/{session}/{file}")));
        }
        is
    });
    (sessions, imported)
}

fn unpack(
    source: &mut Source,
    name: String,
    files: &BTreeSet<String>,
    folder: PathBuf,
    imported: &mut Imported,
) -> Result<Unpacked, String> {
    let path = |file: &str| format!("{SESSIONS}/{name}/{file}");
    let bytes = source.small(&path(about::NAME))?;
    let of = |reason: String| format!("the session {} in it is damaged: {reason}", crate::library::shown(&name));
    let about = match About::judge(&bytes) {
        about::Judged::Whole(about) | about::Judged::ByHand(about) => about,
        about::Judged::OneByte(_) => return Err(of(format!("a byte of {} is wrong", about::NAME))),
        about::Judged::Lost(reason) => return Err(of(reason)),
    };
    fs::create_dir(&folder).map_err(|error| error.to_string())?;
    fs::write(folder.join(about::NAME), &bytes).map_err(|error| error.to_string())?;
    for (file, hash) in &about.files {
        let mut target = File::create_new(folder.join(file)).map_err(|error| error.to_string())?;
        if source.unpack(&path(file), &mut target)? != *hash {
            return Err(of(format!("{file} is not what its hash says")));
        }
    }
    let more = files.iter().filter(|file| *file != about::NAME && !about.files.contains_key(*file));
    imported.ignored.extend(more.map(|file| path(file)));
    Ok(Unpacked { name, folder, about })
}

/// What was heard, and how many lines of it cannot be read. What a stop left of the last one is none.
fn history(source: &mut Source) -> Result<(Vec<Heard>, usize), String> {
    if !source.paths().any(|path| path == HISTORY) {
        return Ok((Vec::new(), 0));
    }
    let bytes = source.small(HISTORY)?;
    let lines = || bytes.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n"));
    let heard: Vec<Heard> = lines().filter_map(|line| Heard::parse(line.trim_ascii_end())).collect();
    let damaged = lines().count() - heard.len();
    Ok((heard, damaged))
}

fn playlist_name(file: &str) -> Option<&str> {
    file.strip_suffix(".toml").filter(|name| slug::is_slug(name))
}

/// Playlists by the names of their files. A session stands for itself without them, so one that is damaged is left out and named.
fn playlists(source: &mut Source, imported: &mut Imported) -> Result<Vec<(String, Vec<u8>)>, String> {
    let file = |path: &str| Some(path.strip_prefix(PLAYLISTS)?.strip_prefix('/')?.to_owned());
    let files: Vec<String> = source.paths().filter_map(file).collect();
    let mut all = Vec::new();
    for file in files {
        let Some(name) = playlist_name(&file) else { continue };
        let bytes = source.small(&format!("{PLAYLISTS}/{file}"))?;
        match (playlist::parse(&bytes), seal::judge(&bytes)) {
            // It may have been changed by hand.
            (Ok(_), _) => all.push((file, bytes)),
            (Err(_), seal::Seal::OneByte(was)) if playlist::parse(&was).is_ok() => all.push((file, was)),
            (Err(reason), _) => imported.damaged_playlists.push(Damaged { slug: name.to_owned(), reason }),
        }
    }
    Ok(all)
}
