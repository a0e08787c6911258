//! Every session that ships is a script without mistakes, and stays the same when it is written again.

use std::{fs, path::Path};
use undertone::script::{Access, advise, load, parse, write};

#[test]
fn sessions_that_ship_have_no_mistakes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    let mut count = 0;
    for part in ["", "parts", "templates"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let parsed = load(&path, &Access::default()).unwrap();
            let shown: String = parsed.diagnostics.iter().map(|d| d.render(&parsed.script.sources, false)).collect();
            assert_eq!(shown, "");
            let written = write(&parsed.script);
            let again = parse(&path, &written);
            assert_eq!(again.diagnostics, []);
            assert_eq!(write(&again.script), written);
            count += 1;
        }
    }
    assert!(count > 5);
}

#[test]
fn no_advice_is_needed_for_a_session_that_ships() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let script = load(&path, &Access::default()).unwrap().script;
            let shown: String = advise(&script).iter().map(|d| d.render(&script.sources, false)).collect();
            assert_eq!(shown, "");
        }
    }
}
