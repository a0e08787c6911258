use super::*;
use crate::{
    error::Error,
    plan::Settings,
    script::{Access, parse},
    session::{Engine, Stage, Studio, Unwatched, Watch},
    sink::Format,
};
use std::{sync::Once, time::Duration};

fn studio() -> Studio {
    Studio {
        voices: Vec::new(),
        ambience: Vec::new(),
        access: Access::default(),
        engine: Engine::Rten,
        rate: crate::audio::SampleRate::HZ_48000,
        threads: 1,
        cache: None,
        stems: None,
    }
}

fn making(text: &str) -> Result<Making, Error> {
    let script = parse(Path::new("s.md"), &format!("---\ntitle: Rest\nvoice: tone\n---\n{text}\n")).script;
    Making::of(&studio(), script, Path::new("s.md"), Settings::default(), Format::Wav)
}

/// A library with one session.
fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(&folder.path().join("L")).unwrap();
    library.add(&studio(), making("Rest.").unwrap(), &Unwatched).unwrap();
    (folder, library)
}

#[test]
fn a_folder_that_another_process_makes_a_library_meanwhile_is_one() {
    for _ in 0..100 {
        let folder = tempfile::tempdir().unwrap();
        let library = Library::open(folder.path()).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| drop(library.lock().unwrap()));
            while !Library::open(folder.path()).unwrap().is_made().unwrap() {}
        });
    }
}

#[test]
fn what_is_shown_has_nothing_in_it_that_moves_a_terminal() {
    assert_eq!(shown("a\u{1b}[2Jb\n\u{202e}c é夜"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c é夜");
}

#[test]
fn a_session_goes_on_where_it_was_left_unless_it_came_to_its_end() {
    let (_folder, library) = library();
    let played = |second: i64, position: u64, finished: bool| Played {
        started: jiff::Timestamp::from_second(second).unwrap(),
        position: Duration::from_secs(position),
        heard: Duration::from_secs(position),
        finished,
    };
    let entry = library.entry("rest").unwrap();
    assert_eq!(library.last_position("rest").unwrap(), None);
    library.record(&entry, &played(200, 7, false)).unwrap();
    library.record(&entry, &played(100, 3, true)).unwrap();
    assert_eq!(library.last_position("rest").unwrap(), Some(Duration::from_secs(7)));
    library.record(&entry, &played(300, 9, true)).unwrap();
    assert_eq!(library.last_position("rest").unwrap(), None);
    let heard = |library: &Library| library.last_heard().unwrap()[&entry.about.id];
    assert_eq!(heard(&library), (jiff::Timestamp::from_second(300).unwrap(), true));
    // Renamed or removed while it was heard: it was heard all the same.
    library.remove(&["rest".to_owned()]).unwrap();
    library.record(&entry, &played(400, 9, true)).unwrap();
    assert_eq!(heard(&library), (jiff::Timestamp::from_second(400).unwrap(), true));
}

#[test]
fn a_wrong_byte_anywhere_in_the_history_is_named_and_nothing_is_cut_off() {
    let (_folder, library) = library();
    let played = Played {
        started: jiff::Timestamp::from_second(1).unwrap(),
        position: Duration::from_secs(1),
        heard: Duration::from_secs(1),
        finished: true,
    };
    let entry = library.entry("rest").unwrap();
    library.record(&entry, &played).unwrap();
    let path = library.root().join(HISTORY);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        fs::write(&path, &wrong).unwrap();
        assert_eq!(library.check().unwrap().len(), 1, "byte {at}");
        library.record(&entry, &played).unwrap();
        assert!(fs::read(&path).unwrap().starts_with(&wrong), "byte {at}");
        assert_eq!(library.history().unwrap().0.len(), 1, "byte {at}");
    }
    // What a stop leaves of a line is cut off.
    for length in 1..whole.len() - 1 {
        fs::write(&path, [&whole, &whole[..length]].concat()).unwrap();
        assert_eq!(library.check().unwrap(), [], "{length} bytes");
        library.record(&entry, &played).unwrap();
        assert_eq!(fs::read(&path).unwrap(), [&whole[..], &whole].concat(), "{length} bytes");
    }
}

#[test]
fn limits_are_counted_and_nothing_is_left_of_what_passes_one() {
    let (folder, library) = library();
    let other = Library::open(&folder.path().join("M")).unwrap();
    let sizes: Vec<u64> =
        fs::read_dir(library.folder("rest")).unwrap().flatten().map(|e| e.metadata().unwrap().len()).collect();
    let (largest, all) = (sizes.iter().copied().max().unwrap(), sizes.iter().sum::<u64>() + MARKER.len() as u64);
    let told = |limits: Limits| other.import(library.root(), limits).unwrap_err().to_string();
    let usual = Limits::default();
    assert!(told(Limits { file: largest - 1, ..usual }).contains("audio.wav in it is larger than"));
    assert!(told(Limits { all: all - 1, ..usual }).contains("there are more than"));
    assert!(told(Limits { files: 2, ..usual }).contains("there are more than 2 files in it"));
    assert_eq!(other.entries().unwrap(), Listing::default());
    assert_eq!(fs::read_dir(other.root().join(WORK)).unwrap().count(), 0);
    let imported = other.import(library.root(), Limits { file: largest, all, ..usual }).unwrap();
    assert_eq!(imported.added, [("rest".to_owned(), "rest".to_owned())]);
}

/// Does something while a session is made, once.
struct Meanwhile<F>(Once, F);

impl<F: Fn() + Sync> Meanwhile<F> {
    fn new(work: F) -> Self {
        Self(Once::new(), work)
    }
}

impl<F: Fn() + Sync> Watch for Meanwhile<F> {
    fn begin(&self, _: Stage, _: u64) {
        self.0.call_once(&self.1);
    }
    fn advance(&self, _: u64) {}
    fn warn(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

#[test]
fn a_session_that_was_removed_while_it_was_made_again_stays_removed() {
    let (_folder, library) = library();
    let removes = Meanwhile::new(|| library.remove(&["rest".to_owned()]).unwrap());
    let result = library.render("rest", &studio(), making("Another.").unwrap(), &removes);
    assert!(matches!(result, Err(Error::Library(LibraryError::NoSession { .. }))));
    assert_eq!(library.entries().unwrap(), Listing::default());
    library.undo().unwrap();
    assert_eq!(library.check().unwrap(), []);
}

#[test]
fn a_session_that_took_the_name_of_one_that_was_made_again_is_left_alone() {
    let (_folder, library) = library();
    let replaces = Meanwhile::new(|| {
        library.rename("rest", "Other").unwrap();
        library.add(&studio(), making("Newer.").unwrap(), &Unwatched).unwrap();
    });
    let result = library.render("rest", &studio(), making("Another.").unwrap(), &replaces);
    assert!(result.err().unwrap().to_string().starts_with("rest was changed while it was made again"));
    assert_eq!(library.check().unwrap(), []);
    assert!(library.entry("rest").unwrap().script_text().unwrap().contains("Newer."));
}

#[test]
fn a_session_that_was_changed_while_it_was_repaired_is_left_as_it_is() {
    type Work = fn(&Library);
    let again: Work = |library| drop(library.render("rest", &studio(), making("Newer.").unwrap(), &Unwatched).unwrap());
    let replaced: Work = |library| {
        library.rename("rest", "Other").unwrap();
        library.add(&studio(), making("Rest.").unwrap(), &Unwatched).unwrap();
    };
    for (work, left) in [(again, None), (replaced, Some("sessions/other/audio.wav"))] {
        let (_folder, library) = library();
        fs::remove_file(library.folder("rest").join("audio.wav")).unwrap();
        let meanwhile = Meanwhile::new(|| work(&library));
        let repaired = library.repair(library.check().unwrap(), &studio(), &meanwhile).unwrap();
        let told = repaired[0].result.as_ref().unwrap_err();
        assert!(told.starts_with("rest was changed while it was made again"), "{told}");
        let faults: Vec<PathBuf> = library.check().unwrap().into_iter().map(|fault| fault.file).collect();
        assert_eq!(faults, left.map(PathBuf::from).into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_library_whose_empty_folders_were_left_out_is_changed_like_any_other() {
    let (folder, library) = library();
    library.export(None, &folder.path().join("copy")).unwrap();
    let copy = Library::open(&folder.path().join("copy")).unwrap();
    copy.remove(&["rest".to_owned()]).unwrap();
    assert!(fs::remove_dir(copy.root().join(SESSIONS)).is_ok());
    copy.undo().unwrap();
    assert_eq!(copy.check().unwrap(), []);
}
