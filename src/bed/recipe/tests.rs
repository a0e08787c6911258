use super::*;

fn problem(text: &str) -> String {
    Recipe::parse("a.toml", text).err().unwrap().to_string()
}

const HEAD: &str = "title = \"A\"\ndescription = \"B\"\n";

#[test]
fn a_wrong_kind_names_the_nearest_and_all() {
    assert_eq!(
        problem(&format!("{HEAD}[[layer]]\nkind = \"rian\"")),
        "a.toml: layer 1: kind: there is no kind `rian`, did you mean `rain`?; allowed are noise, rain, ocean, stream, \
         wind, fire, crickets, birds, drone, bowls, heartbeat, file"
    );
}

#[test]
fn a_wrong_key_names_the_nearest_and_all() {
    assert_eq!(
        problem(&format!("{HEAD}[[layer]]\nkind = \"rain\"\ndropps = 3")),
        "a.toml: layer 1: dropps: unknown key of kind `rain`, did you mean `drops`?; allowed are kind, level, drops, brightness"
    );
}

#[test]
fn a_number_out_of_range_says_the_range_and_its_unit() {
    assert_eq!(
        problem(&format!("{HEAD}[[layer]]\nkind = \"ocean\"\nperiod = 900")),
        "a.toml: layer 1: period: 900 is out of range; allowed is a number from 3 to 60 s"
    );
    assert!(problem(&format!("{HEAD}[[layer]]\nkind = \"ocean\"\nperiod = nan")).contains("out of range"));
}

#[test]
fn an_unknown_recipe_names_the_nearest() {
    let said = find("night-rian", &[]).unwrap_err().to_string();
    assert!(
        said.starts_with("there is no recipe `night-rian`, did you mean `night-rain`?; there are: brown-noise, "),
        "{said}"
    );
}

#[test]
fn every_recipe_that_is_built_in_is_right() {
    let all = recipes(&[]);
    assert_eq!(all.len(), 12);
    for (recipe, (name, text)) in all.iter().zip(BUILT_IN) {
        assert_eq!(recipe.name, name);
        assert!(Recipe::parse(name, text).is_ok(), "{name}: {}", recipe.description);
    }
}

#[test]
fn a_file_in_a_folder_wins_over_the_recipe_that_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ocean.toml");
    fs::write(&path, format!("{HEAD}[[layer]]\nkind = \"noise\"")).unwrap();
    let found = find("ocean", &[folder.path().to_owned()]).unwrap();
    assert_eq!((found.title.as_str(), found.path), ("A", Some(path)));
}
