//! What `bootstrap` does on machines of each kind, seen through tools that only write down how they were called.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output},
};

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    /// A machine with these tools, each of which writes its name and arguments into a log.
    fn with(tools: &[&str]) -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(machine.bin()).unwrap();
        for real in ["sh", "env"] {
            let found =
                std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|d| d.join(real)).find(|p| p.exists());
            symlink(found.unwrap(), machine.bin().join(real)).unwrap();
        }
        for tool in tools {
            machine.tool(tool, "");
        }
        machine.tool("uname", "echo Linux");
        machine.tool("id", "echo 0");
        machine.tool("rustc", "echo rustc 1.95.0");
        machine.tool("cargo", "");
        machine
    }

    fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    fn tool(&self, name: &str, body: &str) {
        let log = self.folder.path().join("log");
        // A program that runs another is followed.
        let follow = if name == "sudo" { "\"$@\"" } else { "" };
        let quiet = matches!(name, "uname" | "id" | "rustc" | "cargo" | "pkg-config");
        let note = if quiet { String::new() } else { format!("echo {name} \"$@\" >> {}\n", log.display()) };
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/bin/sh\n{note}{body}\n{follow}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn libclang(&self) {
        let folder = self.folder.path().join("usr/lib/llvm-14/lib");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("libclang-14.so.1"), "").unwrap();
    }

    fn bootstrap(&self) -> (Output, Vec<String>) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bootstrap");
        let output = Command::new(script)
            .env_clear()
            .env("PATH", self.bin())
            .env("UNDERTONE_BOOTSTRAP_ROOT", self.folder.path())
            .output()
            .unwrap();
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        (output, log.lines().map(str::to_owned).collect())
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn nothing_is_said_or_done_when_nothing_is_missing() {
    let machine = Machine::with(&["cc", "make", "cmake", "pkg-config", "apt-get", "sudo"]);
    machine.libclang();
    let (output, log) = machine.bootstrap();
    assert!(output.status.success());
    assert_eq!((errors(&output).as_str(), output.stdout.len(), log.len()), ("", 0, 0));
}

#[test]
fn each_package_manager_is_asked_for_what_is_missing_by_its_own_names() {
    let install = |manager: &str, present: &[&str]| {
        let mut tools = present.to_vec();
        tools.push(manager);
        let (output, log) = Machine::with(&tools).bootstrap();
        assert!(output.status.success(), "{}", errors(&output));
        log
    };
    assert_eq!(
        install("apt-get", &["cc", "make"]),
        [
            "apt-get update -qq",
            "apt-get install -y -qq --no-install-recommends cmake libclang-dev pkg-config libasound2-dev"
        ]
    );
    assert_eq!(
        install("dnf", &["make"]),
        ["dnf install -y -q gcc gcc-c++ cmake clang-devel pkgconf-pkg-config alsa-lib-devel"]
    );
    assert_eq!(install("pacman", &["cc", "make"]), ["pacman -Sy --noconfirm --needed cmake clang pkgconf alsa-lib"]);
}

#[test]
fn homebrew_needs_no_root_and_no_alsa() {
    let machine = Machine::with(&["cc", "make", "brew", "sudo"]);
    machine.tool("uname", "echo Darwin");
    machine.tool("id", "echo 501");
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(log, ["brew install cmake llvm pkgconf"]);
}

#[test]
fn sudo_is_used_only_by_those_who_are_not_root_and_is_said() {
    let machine = Machine::with(&["cc", "make", "cmake", "pkg-config", "dnf", "sudo"]);
    machine.tool("id", "echo 1000");
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(log, ["sudo dnf install -y -q clang-devel", "dnf install -y -q clang-devel"]);
    assert_eq!(errors(&output), "bootstrap: sudo dnf install -y -q clang-devel\n");
}

#[test]
fn an_unknown_system_is_told_exactly_what_to_install() {
    let (output, _) = Machine::with(&["cc", "make"]).bootstrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        errors(&output),
        "bootstrap: this machine has no package manager that is known here (apt-get, dnf, pacman, Homebrew).\n\
         bootstrap: install these by hand, then try again:\n  \
         cmake\n  \
         libclang, with its headers (often called libclang-dev or clang-devel)\n  \
         pkg-config\n  \
         the development files of ALSA (often called libasound2-dev or alsa-lib-devel)\n"
    );
}

#[test]
fn a_rust_that_is_too_old_is_named_with_what_to_do() {
    let machine = Machine::with(&["cc", "make", "cmake", "pkg-config"]);
    machine.libclang();
    machine.tool("rustc", "echo rustc 1.88.0");
    let (output, _) = machine.bootstrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        errors(&output),
        "bootstrap: Rust 1.94 or newer is needed and this is 1.88; run: rustup update stable\n"
    );
}
