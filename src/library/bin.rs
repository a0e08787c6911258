//! What was removed, and how it comes back.
//!
//! To remove a session is one rename into `trash/TIME-SLUG`. All that one command removes has the same time, and comes back together.

use super::{
    Library, LibraryError, TRASH,
    disk::{self, failed},
    slug,
};
use jiff::Timestamp;
use std::{fs, path::PathBuf};

/// `20261123T010203.000000000Z`, which sorts as time does.
const STAMP: &str = "%Y%m%dT%H%M%S.%9fZ";
const STAMP_LENGTH: usize = 26;

impl Library {
    /// What was removed, the oldest first: when, under which name, and where it lies.
    fn removed(&self) -> Result<Vec<(String, String, PathBuf)>, LibraryError> {
        let folder = self.root.join(TRASH);
        let inside = match fs::read_dir(&folder) {
            Ok(inside) => inside,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &folder)(error)),
        };
        let mut removed: Vec<_> = inside
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let (stamp, rest) = name.split_at_checked(STAMP_LENGTH)?;
                Some((stamp.to_owned(), rest.strip_prefix('-')?.to_owned(), entry.path()))
            })
            .collect();
        removed.sort();
        Ok(removed)
    }

    /// Names of the folders in the trash.
    pub(super) fn in_trash(&self) -> Result<Vec<PathBuf>, LibraryError> {
        Ok(self.removed()?.into_iter().map(|(_, _, path)| path).collect())
    }

    /// Moves sessions to the trash.
    ///
    /// # Errors
    ///
    /// When one of them is not there; none is removed then.
    pub fn remove(&self, slugs: &[String]) -> Result<(), LibraryError> {
        let _guard = self.lock()?;
        if let Some(missing) = slugs.iter().find(|slug| !self.folder(slug).is_dir()) {
            return Err(LibraryError::NoSession { name: missing.clone(), hint: String::new() });
        }
        let stamp = self.stamp()?;
        for slug in slugs {
            disk::rename(&self.folder(slug), &self.root.join(TRASH).join(entry(&stamp, slug)))?;
        }
        Ok(())
    }

    /// A time for the next removal.
    fn stamp(&self) -> Result<String, LibraryError> {
        let now = Timestamp::now().strftime(STAMP).to_string();
        // A clock that was set back must not change the order.
        let last = self.removed()?.pop().map(|(stamp, ..)| stamp).filter(|last| *last >= now);
        Ok(match last.map(|last| later(&last)) {
            Some(Some(later)) => later,
            Some(None) | None => now,
        })
    }

    /// Where a session goes that is removed next.
    pub(super) fn trash_path(&self, slug: &str) -> Result<PathBuf, LibraryError> {
        Ok(self.root.join(TRASH).join(entry(&self.stamp()?, slug)))
    }

    /// Brings back what the last removal took: the names it had, and those that it has now.
    ///
    /// # Errors
    ///
    /// When the trash is empty, or the disk fails.
    pub fn undo(&self) -> Result<Vec<(String, String)>, LibraryError> {
        let nothing = || LibraryError::Cannot("nothing was removed that could come back".to_owned());
        let _guard = if self.is_made()? { self.lock()? } else { return Err(nothing()) };
        let removed = self.removed()?;
        let last = removed.last().map(|(stamp, ..)| stamp.clone()).ok_or_else(nothing)?;
        let mut back = Vec::new();
        for (_, slug, path) in removed.into_iter().filter(|(stamp, ..)| *stamp == last) {
            let taken = self.taken()?;
            let new = slug::free(&slug, |name| taken.contains(&name.to_lowercase()));
            disk::rename(&path, &self.folder(&new))?;
            back.push((slug, new));
        }
        Ok(back)
    }

    /// Empties the trash; the result is how many sessions were in it.
    ///
    /// # Errors
    ///
    /// When the disk fails.
    pub fn purge(&self) -> Result<usize, LibraryError> {
        if !self.is_made()? {
            return Ok(0);
        }
        let _guard = self.lock()?;
        let removed = self.removed()?;
        let work = disk::Work::begin(&self.root)?;
        for (stamp, slug, path) in &removed {
            // It goes at once: what is half removed is not in the trash any more.
            disk::rename(path, &work.folder().join(format!("{stamp}-{slug}")))?;
        }
        Ok(removed.len())
    }
}

/// The name of a folder in the trash: a name that a person gave may be as long as a file system takes, and is shortened.
fn entry(stamp: &str, slug: &str) -> String {
    /// What file systems take, in bytes.
    const LONGEST: usize = 255;
    format!("{stamp}-{}", &slug[..slug.floor_char_boundary(LONGEST - STAMP_LENGTH - 1)])
}

/// The next stamp.
fn later(stamp: &str) -> Option<String> {
    let time = jiff::civil::DateTime::strptime(STAMP, stamp).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(time.checked_add(jiff::SignedDuration::from_nanos(1)).ok()?.strftime(STAMP).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_too_long_for_the_trash_is_shortened() {
        let time = "20261123T010203.999999999Z";
        assert_eq!(entry(time, "rest"), format!("{time}-rest"));
        assert_eq!(entry(time, &"é".repeat(127)).len(), 255);
    }

    #[test]
    fn stamps_are_of_one_length_and_the_next_one_is_later() {
        let time: Timestamp = "2026-11-23T01:02:03.999999999Z".parse().unwrap();
        let stamp = time.strftime(STAMP).to_string();
        assert_eq!(stamp, "20261123T010203.999999999Z");
        assert_eq!(stamp.len(), STAMP_LENGTH);
        assert_eq!(later(&stamp).as_deref(), Some("20261123T010204.000000000Z"));
    }
}
