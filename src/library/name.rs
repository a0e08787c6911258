//! What a person calls a session.

use super::{Library, LibraryError, index, words::fold};
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
        let number = name.parse::<usize>().ok();
        if let Some(slug) = number.and_then(|number| index::numbered(self, number)) {
            // A number of what is gone must not become the beginning of another name.
            let gone = || none("; it is gone since the last \"undertone library list\"".to_owned());
            return folders.contains(&slug).then_some(slug).ok_or_else(gone);
        }
        // Words, of whatever letters: the slugs of two titles may be the same when none of their letters is Latin.
        let folded = fold(name);
        let wanted = folded.trim();
        if wanted.is_empty() {
            return Err(none("; see them all with \"undertone library list\"".to_owned()));
        }
        let listing = self.entries()?;
        let titled: Vec<(String, String)> =
            listing.entries.into_iter().map(|entry| (fold(&entry.about.title).trim().to_owned(), entry.slug)).collect();
        let whole: Vec<&String> = titled.iter().filter(|(title, _)| title == wanted).map(|(_, slug)| slug).collect();
        if let [one] = whole[..] {
            return Ok(one.clone());
        }
        let begins = |text: &str| match number {
            // Of a number, a whole word.
            Some(_) => text.split(' ').next() == Some(wanted),
            None => text.starts_with(wanted),
        };
        let mut matches: Vec<String> = folders.iter().filter(|slug| begins(fold(slug).trim())).cloned().collect();
        matches.extend(titled.iter().filter(|(title, _)| begins(title)).map(|(_, slug)| slug.clone()));
        matches.sort();
        matches.dedup();
        match matches.len() {
            1 => Ok(matches.remove(0)),
            0 if folders.is_empty() => Err(none("; the library is empty".to_owned())),
            0 if number.is_some() => Err(none("; numbers are those of the last \"undertone library list\"".to_owned())),
            0 => Err(none(match nearest(&wanted.replace(' ', "-"), folders.iter().map(String::as_str)) {
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

    /// Keeps the order in which sessions were listed: their numbers are names from then on, if the result is true. An empty list
    /// has none to give.
    #[must_use]
    pub fn keep_order(&self, slugs: &[&str]) -> bool {
        slugs.is_empty() || index::keep_order(self, slugs)
    }
}
