//! What a person calls a session.

use super::{Library, LibraryError, index, slug::slug};
use crate::script::diagnostic::nearest;

impl Library {
    /// The session that a person means by its slug, a number of the last list, or the beginning of its slug or title.
    ///
    /// # Errors
    ///
    /// When there is none, or there are several.
    pub fn resolve(&self, name: &str) -> Result<String, LibraryError> {
        let none = |hint: String| LibraryError::NoSession { name: name.to_owned(), hint };
        let folders = index::names(self)?;
        if folders.iter().any(|folder| folder == name) {
            return Ok(name.to_owned());
        }
        if let Ok(number) = name.parse::<usize>() {
            let found = index::numbered(self, number).filter(|slug| folders.contains(slug));
            return found.ok_or_else(|| none("; numbers are those of the last \"undertone library list\"".to_owned()));
        }
        let wanted = if name.is_empty() { String::new() } else { slug(name) };
        let listing = self.entries()?;
        let titled: Vec<(String, String)> =
            listing.entries.into_iter().map(|entry| (slug(&entry.about.title), entry.slug)).collect();
        let whole: Vec<&String> = titled.iter().filter(|(title, _)| *title == wanted).map(|(_, slug)| slug).collect();
        if let [one] = whole[..] {
            return Ok(one.clone());
        }
        let mut matches: Vec<String> = folders.iter().filter(|slug| slug.starts_with(&wanted)).cloned().collect();
        matches.extend(titled.iter().filter(|(title, _)| title.starts_with(&wanted)).map(|(_, slug)| slug.clone()));
        matches.sort();
        matches.dedup();
        match matches.len() {
            1 => Ok(matches.remove(0)),
            0 if folders.is_empty() => Err(none("; the library is empty".to_owned())),
            0 => Err(none(match nearest(&wanted, folders.iter().map(String::as_str)) {
                Some(near) => format!("; did you mean {near}?"),
                None => "; see them all with \"undertone library list\"".to_owned(),
            })),
            count => {
                /// More are no help.
                const SHOWN: usize = 6;
                let more = count.saturating_sub(SHOWN);
                matches.truncate(SHOWN);
                if more > 0 {
                    matches.push(format!("{more} more"));
                }
                Err(LibraryError::Ambiguous { name: name.to_owned(), matches })
            }
        }
    }

    /// Keeps the order in which sessions were listed: their numbers are names from then on. An empty list has none to give.
    pub fn keep_order(&self, slugs: &[&str]) {
        if !slugs.is_empty() {
            index::keep_order(self, slugs);
        }
    }
}
