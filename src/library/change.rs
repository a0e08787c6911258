//! Changes of what is known of a session.

use super::{About, Library, LibraryError, about, disk, slug};
use std::collections::BTreeSet;

/// The most tags of a session, and the longest in characters.
const TAGS: usize = 64;
const LONGEST_TAG: usize = 64;

/// The longest title in characters.
const LONGEST_TITLE: usize = 500;

impl Library {
    /// Changes what is known of a session. A damaged byte that can be put right is put right on the way, so that damage is never
    /// sealed.
    pub(super) fn change(
        &self,
        slug: &str,
        change: impl FnOnce(&mut About) -> Result<(), LibraryError>,
    ) -> Result<About, LibraryError> {
        let _guard = self.lock()?;
        self.change_locked(slug, change)
    }

    pub(super) fn change_locked(
        &self,
        slug: &str,
        change: impl FnOnce(&mut About) -> Result<(), LibraryError>,
    ) -> Result<About, LibraryError> {
        let mut about = self.about(slug)?;
        let before = about.clone();
        change(&mut about)?;
        if about != before {
            disk::write(&self.root, &self.folder(slug).join(about::NAME), about.text()?.as_bytes())?;
        }
        Ok(about)
    }

    /// What is known of a session, a wrong byte of it put right.
    pub(super) fn about(&self, slug: &str) -> Result<About, LibraryError> {
        let folder = self.folder(slug);
        if !folder.is_dir() {
            return Err(LibraryError::NoSession { name: slug.to_owned(), hint: String::new() });
        }
        About::read(&folder).map_err(|reason| LibraryError::Damaged { slug: slug.to_owned(), reason })
    }

    /// Adds tags to a session and takes others away; the result is all that it has then.
    ///
    /// # Errors
    ///
    /// When there is no such session, a tag is empty or too long, or there would be too many.
    pub fn tag(&self, slug: &str, add: &[String], remove: &[String]) -> Result<Vec<String>, LibraryError> {
        let about = self.change(slug, |about| {
            let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
            about.tags.retain(|tag| !remove.iter().any(|gone| same(tag, gone.trim())));
            for tag in add {
                let tag = tag.trim();
                if tag.is_empty() || tag.chars().count() > LONGEST_TAG || tag.chars().any(char::is_control) {
                    let message = format!("a tag is 1 to {LONGEST_TAG} characters, none of them a control character");
                    return Err(LibraryError::Cannot(message));
                }
                if !about.tags.iter().any(|known| same(known, tag)) {
                    about.tags.push(tag.to_owned());
                }
            }
            if about.tags.len() > TAGS {
                return Err(LibraryError::Cannot(format!("a session has at most {TAGS} tags")));
            }
            Ok(())
        })?;
        Ok(about.tags)
    }

    /// Marks a session as one that the person likes best, or takes the mark away.
    ///
    /// # Errors
    ///
    /// When there is no such session.
    pub fn favour(&self, slug: &str, favourite: bool) -> Result<(), LibraryError> {
        self.change(slug, |about| {
            about.favourite = favourite;
            Ok(())
        })
        .map(|_| ())
    }

    /// Gives a session another title, and its folder the name that goes with it; the result is that name.
    ///
    /// # Errors
    ///
    /// When there is no such session, or the title is empty or too long.
    pub fn rename(&self, slug: &str, title: &str) -> Result<String, LibraryError> {
        let title = title.trim();
        if title.is_empty() || title.chars().count() > LONGEST_TITLE {
            return Err(LibraryError::Cannot(format!("a title is 1 to {LONGEST_TITLE} characters")));
        }
        let _guard = self.lock()?;
        let taken = self.taken()?;
        // A number that was given to it in its folder's name is not given anew.
        let new = slug::free(&slug::slug(title), |name| name != slug && taken.contains(name));
        self.change_locked(slug, |about| {
            title.clone_into(&mut about.title);
            Ok(())
        })?;
        if new != slug {
            disk::rename(&self.folder(slug), &self.folder(&new))?;
        }
        Ok(new)
    }

    /// Names that no new session can have, in lower case.
    pub(super) fn taken(&self) -> Result<BTreeSet<String>, LibraryError> {
        let folder = self.sessions();
        let inside = std::fs::read_dir(&folder).map_err(disk::failed("read", &folder))?;
        Ok(inside.flatten().map(|entry| entry.file_name().to_string_lossy().to_lowercase()).collect())
    }
}
