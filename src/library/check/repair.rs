//! What can be put right: a wrong byte by its seal, a script by the copy in its sound, the rest by making it again.

use super::Fault;
use crate::{
    error::Error,
    library::{
        About, Entry, HISTORY, HISTORY_ASIDE, Library, LibraryError, MARKER, MARKER_NAME, Making, PLAYLISTS, SCRIPT,
        SESSIONS,
        about::{self, Judged},
        disk::{self, Work, failed},
        make, playlist,
        seal::{self, Seal},
        settings_of, stored_script,
    },
    session::{Studio, Watch, chain},
    sink::{Format, extract_script},
};
use std::{collections::BTreeMap, fs, path::PathBuf};

/// What became of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The fault.
    pub fault: Fault,
    /// What was done, or why nothing could be done.
    pub result: Result<String, String>,
}

impl Library {
    /// Puts right what can be put right, and says of each fault what became of it.
    ///
    /// # Errors
    ///
    /// When the library cannot be locked or looked at, or the person stops it.
    pub fn repair(&self, faults: Vec<Fault>, studio: &Studio, watch: &dyn Watch) -> Result<Vec<Repaired>, Error> {
        let mut sessions: BTreeMap<PathBuf, Vec<Fault>> = BTreeMap::new();
        let mut done = Vec::new();
        for fault in faults {
            let parts: Vec<&str> = fault.file.iter().filter_map(|part| part.to_str()).collect();
            if let [SESSIONS, slug, _] = parts[..] {
                sessions.entry(slug.into()).or_default().push(fault);
            } else {
                let result = self.mend_other(&parts).map_err(|error| chain(&error));
                done.push(Repaired { fault, result });
            }
        }
        for (slug, faults) in sessions {
            let slug = slug.to_string_lossy().into_owned();
            let mut rest = Vec::new();
            for fault in faults {
                let name = fault.file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                match name.as_str() {
                    about::NAME => {
                        let result = self.mend_about(&slug).map_err(|error| chain(&error));
                        done.push(Repaired { fault, result });
                    }
                    SCRIPT => {
                        let result = self.mend_script(&slug).map_err(|error| chain(&error));
                        done.push(Repaired { fault, result });
                    }
                    _ => rest.push((name, fault)),
                }
            }
            if rest.is_empty() {
                continue;
            }
            let names: Vec<&str> = rest.iter().map(|(name, _)| name.as_str()).collect();
            let result = match self.make_again(&slug, &names, studio, watch) {
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(Error::Script { diagnostics, .. }) => {
                    let first = diagnostics.first().map_or_else(String::new, |first| format!(": {}", first.message));
                    Err(format!("its script cannot be rendered{first}"))
                }
                result => result.map_err(|error| chain(&error)),
            };
            done.extend(rest.into_iter().map(|(_, fault)| Repaired { fault, result: result.clone() }));
        }
        done.sort_by(|a, b| a.fault.cmp(&b.fault));
        Ok(done)
    }

    fn mend_other(&self, parts: &[&str]) -> Result<String, LibraryError> {
        let _guard = self.lock()?;
        let cannot = |why: &str| Err(LibraryError::Cannot(why.to_owned()));
        match parts {
            [MARKER_NAME] => {
                disk::write(&self.root, &self.root.join(MARKER_NAME), MARKER.as_bytes())?;
                Ok("written anew".to_owned())
            }
            [HISTORY] => self.mend_history(),
            [PLAYLISTS, file] => {
                let name = file.trim_end_matches(".toml");
                let path = playlist::path(self, name);
                let bytes = disk::read(&path).map_err(failed("read", &path))?;
                match (seal::judge(&bytes), playlist::parse(&bytes)) {
                    (Seal::OneByte(was), Err(_)) => {
                        disk::write(&self.root, &path, &was)?;
                        Ok("the byte was put right".to_owned())
                    }
                    (_, Ok(kept)) => {
                        playlist::store(self, name, &kept)?;
                        Ok("your change was taken over".to_owned())
                    }
                    (_, Err(_)) => cannot("it cannot be read; bring it back from a copy, or remove it"),
                }
            }
            _ => cannot("it lies in the trash; bring it back with undo first, or purge it"),
        }
    }

    /// Lines that cannot be read go to a file beside it.
    fn mend_history(&self) -> Result<String, LibraryError> {
        let path = self.root.join(HISTORY);
        let (good, wrong) = self.history()?;
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
        let aside = self.root.join(HISTORY_ASIDE);
        let mut kept = fs::read(&aside).unwrap_or_default();
        kept.extend(wrong.iter().filter_map(|number| lines.get(number - 1)).copied().flatten());
        disk::write(&self.root, &aside, &kept)?;
        let mut text = String::new();
        for heard in &good {
            text += &heard.line()?;
        }
        disk::write(&self.root, &path, text.as_bytes())?;
        Ok("what cannot be read was moved to history.damaged".to_owned())
    }

    fn mend_about(&self, slug: &str) -> Result<String, LibraryError> {
        let _guard = self.lock()?;
        let folder = self.folder(slug);
        let lost = |reason: String| {
            LibraryError::Cannot(format!(
                "{reason}; bring it back from a copy, or add script.md anew with undertone library add"
            ))
        };
        let (about, what) = match About::judge(&about::bytes(&folder).map_err(lost)?) {
            Judged::Whole(_) => return Ok("it is whole".to_owned()),
            Judged::OneByte(about) => (about, "the byte was put right"),
            Judged::ByHand(about) => (about, "your change was taken over"),
            Judged::Lost(reason) => return Err(lost(reason)),
        };
        disk::write(&self.root, &folder.join(about::NAME), about.text()?.as_bytes())?;
        Ok(what.to_owned())
    }

    /// A sound file carries the script that it was rendered from.
    fn mend_script(&self, slug: &str) -> Result<String, LibraryError> {
        let _guard = self.lock()?;
        let about = self.about(slug)?;
        let lost = || {
            LibraryError::Cannot(
                "there is no other copy of it in the session; bring it back from a copy of the library".to_owned(),
            )
        };
        let text = extract_script(&self.folder(slug).join(&about.audio)).map_err(|_| lost())?;
        if about.files.get(SCRIPT).is_none_or(|hash| blake3::hash(text.as_bytes()).to_hex().as_str() != hash) {
            return Err(lost());
        }
        disk::write(&self.root, &self.folder(slug).join(SCRIPT), text.as_bytes())?;
        Ok("taken from the sound file, byte for byte".to_owned())
    }

    /// Makes a session again and takes from it what is damaged.
    fn make_again(&self, slug: &str, names: &[&str], studio: &Studio, watch: &dyn Watch) -> Result<String, Error> {
        let entry = Entry { slug: slug.to_owned(), about: self.about(slug)?, folder: self.folder(slug) };
        if disk::hash(&entry.script()).ok().as_ref() != entry.about.files.get(SCRIPT) {
            return Err(LibraryError::Cannot("its script is damaged, too".to_owned()).into());
        }
        let script = stored_script(&entry, studio)?;
        let format =
            Format::ALL.into_iter().find(|f| entry.about.audio.ends_with(&format!(".{}", f.name().to_lowercase())));
        let origin = entry.about.origin.clone();
        let making = Making::of(studio, script, &origin, settings_of(&entry.about), format.unwrap_or(Format::Wav))?;
        let work = Work::begin(&self.root)?;
        let whole = work.folder().join("session");
        let (made, _) = make::make(studio, making, &whole, entry.about.created, watch)?;
        let same = |name: &str| made.files.get(name) == entry.about.files.get(name);
        let is_still = |now: &About| now.id == entry.about.id && now.files == entry.about.files;
        if names.contains(&entry.about.audio.as_str()) && !names.iter().all(|name| same(name)) {
            let made = About { rendered: entry.about.rendered, ..made };
            self.swap(slug, &work, &whole, made, is_still)?;
            return Ok("made again; it is not quite what it was: the voice, or undertone, has changed since".to_owned());
        }
        disk::sync_files(&whole)?;
        let _guard = self.lock()?;
        if !is_still(&self.about(slug)?) {
            return Err(make::changed_meanwhile(slug).into());
        }
        // Where the sound is whole, what goes with it may be new, and is not worth another sound.
        self.change_locked(slug, |about| {
            let hashes = names.iter().filter_map(|name| Some(((*name).to_owned(), made.files.get(*name)?.clone())));
            about.files.extend(hashes);
            Ok(())
        })?;
        for name in names {
            disk::rename(&whole.join(name), &entry.folder.join(name))?;
        }
        Ok(if names.iter().all(|name| same(name)) {
            "made again, byte for byte"
        } else {
            "made again; it is not quite what it was"
        }
        .to_owned())
    }
}
