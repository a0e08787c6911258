//! Scripts from disk: reading them safely, and the scripts that they include.

use super::{
    FileId, Node, Parsed, Script, Source, Span,
    diagnostic::{self, Diagnostic, Severity},
    parse_source,
};
use std::{
    collections::HashMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

/// The largest file of script text, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// How deep includes may stand in each other.
const MAX_DEPTH: usize = 16;

/// How many includes a session may have.
const MAX_INCLUDES: usize = 1000;

/// Folders that a script may take files from, beside its own.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// The folders.
    pub allowed: Vec<PathBuf>,
}

/// Why a file that a script names is not used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It lies somewhere else.
    #[error("{written} lies outside of the script's folder; move it there, or allow its folder with --allow-dir")]
    Outside {
        /// The path as it was written.
        written: String,
    },
    /// The script is kept in a library, and it lies in no folder that was allowed.
    #[error(
        "this includes {written}, which is not in the library; allow its folder with --allow-dir, if you know what the \
         script is"
    )]
    NotKept {
        /// The path as it was written.
        written: String,
    },
    /// It is not there, or may not be seen.
    #[error("cannot find {written}: {source}")]
    Missing {
        /// The path as it was written.
        written: String,
        /// What the system said.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{written} is not a regular file")]
    NotAFile {
        /// The path as it was written.
        written: String,
    },
}

impl Access {
    /// The real path of a file that the script at `script` names, once it is known to lie where it may, also behind links.
    ///
    /// # Errors
    ///
    /// When it is not there, lies outside of the script's folder and the allowed ones, or is not a regular file.
    pub fn resolve(&self, script: &Path, written: &str) -> Result<PathBuf, AccessError> {
        self.resolve_from(script, written, Home::Trusted)
    }

    /// The same, and the folder of a script: what it includes may use what the script itself may.
    #[must_use]
    pub fn with_home(&self, script: &Path) -> Self {
        let home = script.parent().filter(|home| !home.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { allowed: self.allowed.iter().cloned().chain([home.to_owned()]).collect() }
    }

    fn resolve_from(&self, script: &Path, written: &str, trust: Home) -> Result<PathBuf, AccessError> {
        let outside = || {
            let written = written.to_owned();
            match trust {
                Home::Trusted => AccessError::Outside { written },
                Home::Claimed => AccessError::NotKept { written },
            }
        };
        let folder = script.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let missing = |source| AccessError::Missing { written: written.to_owned(), source };
        let home = match trust {
            Home::Trusted => fs::canonicalize(folder).map_err(missing)?,
            // Whether there is such a folder is not told either.
            Home::Claimed => fs::canonicalize(folder).map_err(|_| outside())?,
        };
        let mut allowed: Vec<PathBuf> =
            self.allowed.iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect();
        if trust == Home::Trusted {
            allowed.push(home.clone());
        }
        // The path without links is judged first, so that nothing is learnt about files outside.
        let plain = normalized(&home.join(written));
        if !allowed.iter().any(|folder| plain.starts_with(folder)) {
            return Err(outside());
        }
        let real = fs::canonicalize(&plain).map_err(missing)?;
        if !allowed.iter().any(|folder| real.starts_with(folder)) {
            return Err(outside());
        }
        let metadata = fs::metadata(&real).map_err(missing)?;
        if metadata.is_file() { Ok(real) } else { Err(AccessError::NotAFile { written: written.to_owned() }) }
    }

    /// Reads a script that a library keeps, from its text. `origin` is where it says that it came from: what it includes is looked
    /// for from there, and read only from folders that are allowed.
    #[must_use]
    pub fn load_stored(&self, origin: &Path, text: &str) -> Parsed {
        load_with(origin, text, self, Home::Claimed)
    }
}

/// What the folder of a script is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    /// A person named the script: it may include what lies beside it.
    Trusted,
    /// A session says that its script lay there, and it may come from anybody.
    Claimed,
}

/// A path without `.` and `..`.
pub(super) fn normalized(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            Component::ParentDir if plain.has_root() => {}
            component => plain.push(component),
        }
    }
    plain
}

/// Why a script cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// It is not there, or may not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// It is too large to be a script.
    #[error("{} is larger than the 4 MiB that a script may have", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is text in another encoding.
    #[error("{} is UTF-16 text; save it as UTF-8", path.display())]
    Utf16 {
        /// The file.
        path: PathBuf,
    },
    /// It is not text.
    #[error("{} is not UTF-8 text: byte {offset} is {byte:#04x}; save it as UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that does not belong.
        offset: usize,
        /// Its value.
        byte: u8,
    },
    /// There is nothing in it.
    #[error("{} is empty; write a sentence in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The text of a regular file of at most 4 MiB.
///
/// # Errors
///
/// When it cannot be read, is something else, or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    // Asked before opening: to open a pipe would wait for a writer.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(LoadError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    fs::File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(LoadError::TooLarge { path: path.to_owned() });
    }
    if matches!(bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) || looks_utf16(&bytes) {
        return Err(LoadError::Utf16 { path: path.to_owned() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        LoadError::NotUtf8 { path: path.to_owned(), offset, byte: error.as_bytes()[offset] }
    })
}

/// Whether every other one of the first bytes is zero.
fn looks_utf16(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(64) / 2 * 2];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).all(|byte| *byte == 0);
    head.len() >= 4 && zeros(0) != zeros(1)
}

/// Reads a script and everything that it includes.
///
/// # Errors
///
/// When the script itself cannot be read; what is wrong inside is a diagnostic.
pub fn load(path: &Path, access: &Access) -> Result<Parsed, LoadError> {
    let text = read_text(path)?;
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Err(LoadError::Empty { path: path.to_owned() });
    }
    Ok(load_text(path, &text, access))
}

/// Reads a script from its text, for one that comes from standard input, and loads everything that it includes. `path` is what
/// it is called and what its files are relative to.
#[must_use]
pub fn load_text(path: &Path, text: &str, access: &Access) -> Parsed {
    load_with(path, text, &access.with_home(path), Home::Trusted)
}

fn load_with(path: &Path, text: &str, access: &Access, home: Home) -> Parsed {
    let source = Source { path: path.to_owned(), text: text.into() };
    let mut diagnostics = Vec::new();
    let exists = |written: &str| access.resolve(path, written).is_ok();
    let (front, mut body) = parse_source(&source, FileId(0), &exists, &mut diagnostics);
    if !speaks(&body) && !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        let diagnostic =
            Diagnostic::error("nothing-to-render", Span::default(), "there is nothing to say in this script");
        diagnostics.push(diagnostic.with_help("write a sentence below the front matter; comments are not spoken"));
    }
    let mut loader = Loader {
        access,
        home,
        sources: vec![source],
        chain: vec![fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())],
        shown: vec![path.to_owned()],
        known: HashMap::new(),
        count: 0,
        diagnostics,
    };
    loader.nodes(&mut body, path);
    let Loader { sources, mut diagnostics, .. } = loader;
    diagnostic::settle(&mut diagnostics);
    Parsed { script: Script { front, body, sources }, diagnostics }
}

/// Whether anything is spoken or sounds.
fn speaks(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| !matches!(node, Node::ParagraphEnd))
}

struct Loader<'a> {
    access: &'a Access,
    home: Home,
    sources: Vec<Source>,
    /// Files that are being included, the innermost last.
    chain: Vec<PathBuf>,
    /// The same as they are shown to a person.
    shown: Vec<PathBuf>,
    /// Bodies of files that were read.
    known: HashMap<PathBuf, Vec<Node>>,
    count: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Loader<'_> {
    fn nodes(&mut self, nodes: &mut [Node], script: &Path) {
        for node in nodes {
            match node {
                Node::Include { path, body, span, .. } => {
                    let (written, span, place) = (path.value.clone(), *span, path.span);
                    *body = self.include(&written, span, place, script);
                }
                Node::Repeat { body, .. } => self.nodes(body, script),
                Node::If { arms, otherwise, .. } => {
                    for (_, body) in arms {
                        self.nodes(body, script);
                    }
                    self.nodes(otherwise, script);
                }
                Node::Choose { options, .. } => {
                    for body in options {
                        self.nodes(body, script);
                    }
                }
                Node::Heading { .. } | Node::Text(_) | Node::ParagraphEnd | Node::Direction(_) => {}
            }
        }
    }

    fn include(&mut self, written: &str, span: Span, place: Span, script: &Path) -> Vec<Node> {
        self.count += 1;
        if self.count > MAX_INCLUDES {
            if self.count == MAX_INCLUDES + 1 {
                let message = format!("the session has more than {MAX_INCLUDES} includes");
                self.diagnostics.push(
                    Diagnostic::error("too-many-includes", span, message)
                        .with_help("put what they have in common into one file"),
                );
            }
            return Vec::new();
        }
        let path = match self.access.resolve_from(script, written, self.home) {
            Ok(path) => path,
            Err(error) => {
                let missing = matches!(error, AccessError::Missing { .. });
                let mut diagnostic = Diagnostic::error("include", place, error.to_string());
                diagnostic.help =
                    missing.then(|| "the path starts at the folder of the file it is written in".to_owned());
                self.diagnostics.push(diagnostic);
                return Vec::new();
            }
        };
        if let Some(first) = self.chain.iter().position(|file| *file == path) {
            let name =
                |path: &PathBuf| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let chain: Vec<String> = self.chain[first..].iter().chain([&path]).map(name).collect();
            let message = format!("this includes itself: {}", chain.join(" > "));
            self.diagnostics
                .push(Diagnostic::error("include-cycle", span, message).with_help("take one of these includes out"));
            return Vec::new();
        }
        if self.chain.len() > MAX_DEPTH {
            let message = format!("includes stand more than {MAX_DEPTH} deep in each other here");
            self.diagnostics.push(
                Diagnostic::error("include-depth", span, message).with_help("include the innermost file directly"),
            );
            return Vec::new();
        }
        let folder = self.shown.last().and_then(|shown| shown.parent());
        let shown = folder.map_or_else(|| PathBuf::from(written), |folder| normalized(&folder.join(written)));
        // A file that is included again has its own includes counted again.
        if let Some(body) = self.known.get(&path) {
            let body = body.clone();
            return self.inside(body, &path, shown);
        }
        let text = match read_text(&path) {
            Ok(text) => text,
            Err(error) => {
                let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
                self.diagnostics.push(Diagnostic::error("include", place, format!("{error}{cause}")));
                return Vec::new();
            }
        };
        let file = FileId(self.sources.len() as u32);
        self.sources.push(Source { path: shown.clone(), text: text.into() });
        let source = self.sources[file.0 as usize].clone();
        let access = self.access;
        let exists = |written: &str| access.resolve(&path, written).is_ok();
        let (_, body) = parse_source(&source, file, &exists, &mut self.diagnostics);
        self.known.insert(path.clone(), body.clone());
        self.inside(body, &path, shown)
    }

    /// Loads what the body of an included file includes.
    fn inside(&mut self, mut body: Vec<Node>, path: &Path, shown: PathBuf) -> Vec<Node> {
        self.chain.push(path.to_owned());
        self.shown.push(shown);
        self.nodes(&mut body, path);
        self.shown.pop();
        self.chain.pop();
        body
    }
}
