//! A library as a web site: a player for a phone, whose pages and sounds work without a network.

mod page;
mod place;

use super::{CAPTIONS, COVER, Damaged, Entry, Library, LibraryError, disk::failed, slug::is_slug};
use page::Shown;
use place::Place;
use std::{collections::HashMap, fs, path::Path};

/// A cover is a small drawing; what is larger is none.
const LARGEST_COVER: u64 = 1 << 20;

/// Captions of a day of speech are smaller.
const LARGEST_CAPTIONS: u64 = 16 << 20;

/// What was written as a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// Names of the sessions that are on it, in its order.
    pub sessions: Vec<String>,
    /// Sessions that are damaged and were left out.
    pub damaged: Vec<Damaged>,
    /// How many files are new or have changed.
    pub written: usize,
    /// How many files were there already, byte for byte.
    pub same: usize,
    /// How many files were taken away: those of sessions that are gone or were made again.
    pub removed: usize,
    /// Bytes of all sounds.
    pub sound: u64,
}

impl Library {
    /// Writes sessions, or all of them, as a web site into a folder: a new one, an empty one, or one with a site that this
    /// function wrote. What else lies in such a folder stays. The same sessions give the same bytes.
    ///
    /// Sounds come first and the page last, each file whole or not at all, so that a site is never without what it shows.
    ///
    /// # Errors
    ///
    /// When the folder holds other things and no site, lies in the library, or cannot be written; when a session is not there.
    pub fn site(&self, slugs: Option<&[String]>, to: &Path) -> Result<Site, LibraryError> {
        let listing = match slugs {
            None => self.entries()?,
            Some(slugs) => {
                let mut listing = super::Listing::default();
                for (number, slug) in slugs.iter().enumerate() {
                    match self.entry(slug) {
                        _ if slugs[..number].contains(slug) => {}
                        Ok(entry) => listing.entries.push(entry),
                        Err(LibraryError::Damaged { slug, reason }) => listing.damaged.push(Damaged { slug, reason }),
                        Err(error) => return Err(error),
                    }
                }
                listing
            }
        };
        let mut place = Place::open(self, to)?;
        let mut site = Site { damaged: listing.damaged, ..Site::default() };
        let mut shown = Vec::new();
        let mut known: HashMap<String, u32> = HashMap::new();
        for entry in &listing.entries {
            *known.entry(entry.about.id.clone()).or_default() += 1;
        }
        for entry in listing.entries {
            // A person may have copied a folder: its captions and positions are its own all the same.
            let is_alone = known.get(&entry.about.id) == Some(&1);
            let id = if is_alone { entry.about.id.clone() } else { format!("{}-{}", entry.about.id, entry.slug) };
            match put(&mut place, &entry, id)? {
                Ok(one) => {
                    site.sound += one.bytes;
                    site.sessions.push(entry.slug.clone());
                    shown.push(one);
                }
                Err(reason) => site.damaged.push(Damaged { slug: entry.slug, reason }),
            }
        }
        for (name, bytes) in page::shell(&shown) {
            place.write(&name, &bytes)?;
        }
        (site.written, site.same, site.removed) = place.finish()?;
        Ok(site)
    }
}

/// Puts the files of a session in their place, or says why it cannot be shown. The page tells it from others by `id`.
fn put(place: &mut Place, entry: &Entry, id: String) -> Result<Result<Shown, String>, LibraryError> {
    // A person may have renamed the folder, and a name becomes a part of addresses.
    let base = if is_slug(&entry.slug) { entry.slug.clone() } else { super::slug(&entry.slug) };
    let about = &entry.about;
    let end = about.audio.rsplit('.').next().unwrap_or_default();
    let Some(hash) = about.files.get(&about.audio).filter(|hash| is_hash(hash)) else {
        return Ok(Err(format!("session.toml gives no hash for {}", about.audio)));
    };
    // Whose sound it is stands in its name, too: a device that keeps it finds what it has become.
    let audio = format!("audio/{base}-{}-{}.{end}", &hash_of(id.as_bytes())[..16], &hash[..16]);
    let Some(bytes) = place.copy(&audio, &entry.audio(), hash)? else {
        return Ok(Err(format!("{} is not what was written", about.audio)));
    };
    let captions = match small(entry, CAPTIONS, LARGEST_CAPTIONS)? {
        Some(text) => {
            let text = page::captions(&id, &text);
            let name = format!("captions/{base}-{}.js", &hash_of(text.as_bytes())[..16]);
            place.write(&name, text.as_bytes())?;
            Some(name)
        }
        None => None,
    };
    let cover = match small(entry, COVER, LARGEST_COVER)?.filter(|text| page::is_still(text)) {
        Some(text) => {
            let name = format!("covers/{base}-{}.svg", &hash_of(text.as_bytes())[..16]);
            place.write(&name, text.as_bytes())?;
            Some(name)
        }
        None => None,
    };
    Ok(Ok(Shown::of(entry, id, audio, bytes, captions, cover)))
}

/// The text of a small file of a session, when it has one.
fn small(entry: &Entry, name: &str, largest: u64) -> Result<Option<String>, LibraryError> {
    let path = entry.folder.join(name);
    if !fs::symlink_metadata(&path).is_ok_and(|found| found.is_file() && found.len() <= largest) {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(failed("read", &path))?;
    Ok(String::from_utf8(bytes).ok())
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn hash_of(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
