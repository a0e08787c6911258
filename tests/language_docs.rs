//! The examples of docs/language.md: each session is planned, and what the page shows of it is what the program shows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

mod common;

use common::{Desk, stderr};
use std::{fs, path::Path};

/// A fenced block: the line it begins in, what stands behind its fence, and its text.
struct Block {
    line: usize,
    info: String,
    text: String,
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks() -> Vec<Block> {
    let page = fs::read_to_string(home().join("docs/language.md")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((line, fence)) = lines.next() {
        if let Some(info) = fence.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
            blocks.push(Block { line: line + 1, info: info.to_owned(), text: text.join("\n") + "\n" });
        }
    }
    blocks
}

/// A folder as if it were scripts/, with a session in it.
fn desk(session: &str) -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path("parts")).unwrap();
    for part in fs::read_dir(home().join("scripts/parts")).unwrap() {
        let part = part.unwrap();
        fs::copy(part.path(), desk.path("parts").join(part.file_name())).unwrap();
    }
    desk.write("session.md", session);
    desk
}

/// What `undertone plan` shows, without the column of the chapter and without the last line.
fn table(shown: &str) -> String {
    let rows: Vec<&str> = shown.lines().collect();
    let row = |row: &&str| {
        let columns: Vec<char> = row.chars().collect();
        let part = |from: usize, to: usize| columns[from..to].iter().collect::<String>();
        format!("{}  {}", part(2, 19), part(43, columns.len())).trim_end().to_owned() + "\n"
    };
    rows[..rows.len() - 1].iter().map(row).collect()
}

#[test]
fn each_session_is_planned_as_the_page_shows() {
    let blocks = blocks();
    let (mut sessions, mut plans) = (0, 0);
    for (i, block) in blocks.iter().enumerate().filter(|(_, block)| block.info == "session") {
        let output = desk(&block.text).run(&["plan", "session.md"]);
        assert!(output.status.success(), "line {}: {}", block.line, stderr(&output));
        assert_eq!(stderr(&output), "", "line {}", block.line);
        sessions += 1;
        if let Some(plan) = blocks.get(i + 1).filter(|next| next.info == "plan") {
            assert_eq!(table(&String::from_utf8_lossy(&output.stdout)), plan.text, "line {}", plan.line);
            plans += 1;
        }
    }
    assert!(sessions > 40 && plans > 18, "{sessions} sessions, {plans} plans");
    assert_eq!(plans, blocks.iter().filter(|block| block.info == "plan").count(), "each plan follows its session");
}

#[test]
fn each_mistake_is_told_as_the_page_shows() {
    let blocks = blocks();
    let mut mistakes = 0;
    for (i, block) in blocks.iter().enumerate().filter(|(_, block)| block.info == "session-error") {
        let output = desk(&block.text).run(&["plan", "session.md"]);
        assert_eq!(output.status.code(), Some(1), "line {}", block.line);
        let shown = blocks.get(i + 1).filter(|next| next.info == "error").expect("an error follows");
        let told = stderr(&output);
        assert_eq!(told.lines().count(), shown.text.lines().count(), "line {}: {told}", shown.line);
        for (told, shown) in told.lines().zip(shown.text.lines()) {
            // A line that ends in dots goes on in the program.
            match shown.strip_suffix(" ...") {
                Some(start) => assert!(told.starts_with(start), "{told}"),
                None => assert_eq!(told, shown),
            }
        }
        mistakes += 1;
    }
    assert!(mistakes >= 10, "{mistakes}");
}

#[test]
fn blocks_are_of_a_kind_that_is_checked() {
    for block in blocks() {
        let known = ["session", "session needs-file", "session-error", "plan", "error"];
        assert!(known.contains(&block.info.as_str()), "line {}: {}", block.line, block.info);
    }
}
