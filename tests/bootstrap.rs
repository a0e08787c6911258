//! What `bootstrap` does on machines of each kind, seen through tools that only write down how they were called.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects by unwrapping it")]

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

    /// The headers of libclang's own, which on Debian are in another package than the library.
    fn libclang_headers(&self) {
        let folder = self.folder.path().join("usr/lib/llvm-14/lib/clang/14.0.6/include");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("stddef.h"), "").unwrap();
    }

    /// A machine that lacks nothing.
    fn complete() -> Self {
        let machine = Self::with(&["cc", "c++", "make", "cmake", "pkg-config", "apt-get", "sudo"]);
        machine.libclang();
        machine.libclang_headers();
        machine
    }

    fn without(self, tool: &str) -> Self {
        fs::remove_file(self.bin().join(tool)).unwrap();
        self
    }

    fn bootstrap(&self) -> (Output, Vec<String>) {
        self.bootstrap_where(&[])
    }

    /// Runs `bootstrap` with these environment variables, and gives what it said and what it called.
    fn bootstrap_where(&self, variables: &[(&str, &Path)]) -> (Output, Vec<String>) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bootstrap");
        let output = Command::new(script)
            .env_clear()
            .env("PATH", self.bin())
            .env("UNDERTONE_BOOTSTRAP_ROOT", self.folder.path())
            .envs(variables.iter().copied())
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
    let (output, log) = Machine::complete().bootstrap();
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
        install("apt-get", &["cc", "c++", "make"]),
        [
            "apt-get update -qq",
            "apt-get install -y -qq --no-install-recommends cmake libclang-dev pkg-config libasound2-dev"
        ]
    );
    assert_eq!(
        install("dnf", &["make"]),
        ["dnf install -y -q gcc gcc-c++ cmake clang-devel pkgconf-pkg-config alsa-lib-devel"]
    );
    assert_eq!(
        install("pacman", &["cc", "c++", "make"]),
        ["pacman -Sy --noconfirm --needed cmake clang pkgconf alsa-lib"]
    );
}

#[test]
fn homebrew_needs_no_root_and_no_alsa() {
    let machine = Machine::with(&["cc", "c++", "make", "brew", "sudo"]);
    machine.tool("uname", "echo Darwin");
    machine.tool("id", "echo 501");
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(log, ["brew install cmake llvm pkgconf"]);
}

#[test]
fn sudo_is_used_only_by_those_who_are_not_root_and_is_said() {
    let machine = Machine::with(&["cc", "c++", "make", "cmake", "pkg-config", "dnf", "sudo"]);
    machine.tool("id", "echo 1000");
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(log, ["sudo dnf install -y -q clang-devel", "dnf install -y -q clang-devel"]);
    assert_eq!(errors(&output), "bootstrap: sudo dnf install -y -q clang-devel\n");
}

#[test]
fn an_unknown_system_is_told_exactly_what_to_install() {
    let (output, _) = Machine::with(&["cc", "c++", "make"]).bootstrap();
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

/// What apt-get is asked to install.
fn installed(machine: &Machine) -> Vec<String> {
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    log
}

#[test]
fn a_c_compiler_without_one_for_cpp_is_not_enough() {
    assert_eq!(
        installed(&Machine::complete().without("c++")),
        ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends build-essential"]
    );
}

#[test]
fn libclang_without_its_own_headers_is_not_enough() {
    let machine = Machine::with(&["cc", "c++", "make", "cmake", "pkg-config", "apt-get"]);
    machine.libclang();
    assert_eq!(
        installed(&machine),
        ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends libclang-dev"]
    );
}

#[test]
fn the_cpp_library_of_clang_is_not_libclang() {
    let machine = Machine::with(&["cc", "c++", "make", "cmake", "pkg-config", "apt-get"]);
    machine.libclang_headers();
    fs::write(machine.folder.path().join("usr/lib/llvm-14/lib/libclang-cpp.so.14"), "").unwrap();
    assert_eq!(
        installed(&machine),
        ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends libclang-dev"]
    );
}

#[test]
fn libclang_is_found_where_llvm_config_says() {
    let machine = Machine::with(&["cc", "c++", "make", "cmake", "pkg-config", "apt-get"]);
    let folder = machine.folder.path().join("elsewhere");
    fs::create_dir_all(folder.join("clang/20/include")).unwrap();
    fs::write(folder.join("clang/20/include/stddef.h"), "").unwrap();
    fs::write(folder.join("libclang.so.20"), "").unwrap();
    machine.tool("llvm-config", &format!("echo {}", folder.display()));
    assert_eq!(installed(&machine), ["llvm-config --libdir"]);
}

#[test]
fn libclang_path_is_believed_only_where_it_holds_libclang() {
    let machine = Machine::complete();
    let folder = machine.folder.path().join("chosen");
    fs::create_dir(&folder).unwrap();
    let (output, log) = machine.bootstrap_where(&[("LIBCLANG_PATH", &folder)]);
    assert_eq!((output.status.code(), log.len()), (Some(1), 0));
    assert_eq!(
        errors(&output),
        format!(
            "bootstrap: LIBCLANG_PATH is {}, where no libclang is; unset it, or name the folder that holds libclang\n",
            folder.display()
        )
    );
    fs::write(folder.join("libclang.so"), "").unwrap();
    let (output, _) = machine.bootstrap_where(&[("LIBCLANG_PATH", &folder)]);
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
}

#[test]
fn headers_of_alsa_that_pkg_config_does_not_know_are_installed() {
    let machine = Machine::complete();
    machine.tool("pkg-config", "[ \"$*\" != '--exists alsa' ]");
    assert_eq!(
        installed(&machine),
        ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends libasound2-dev"]
    );
}

#[test]
fn sudo_says_each_command_of_apt() {
    let machine = Machine::complete().without("cmake");
    machine.tool("id", "echo 1000");
    let (output, log) = machine.bootstrap();
    assert!(output.status.success(), "{}", errors(&output));
    let install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cmake";
    assert_eq!(
        log,
        [
            "sudo apt-get update -qq",
            "apt-get update -qq",
            &format!("sudo {install}"),
            "apt-get install -y -qq --no-install-recommends cmake"
        ]
    );
    assert_eq!(errors(&output), format!("bootstrap: sudo apt-get update -qq\nbootstrap: sudo {install}\n"));
}

#[test]
fn without_root_and_without_sudo_the_command_is_named_and_not_run() {
    let machine = Machine::complete().without("sudo").without("cmake");
    machine.tool("id", "echo 1000");
    let (output, log) = machine.bootstrap();
    assert_eq!((output.status.code(), log.len()), (Some(1), 0));
    assert_eq!(errors(&output), "bootstrap: run this as root, or install sudo: apt-get update -qq\n");
}

#[test]
fn a_missing_rust_is_said_with_where_to_get_it() {
    for tool in ["cargo", "rustc"] {
        let (output, _) = Machine::complete().without(tool).bootstrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(errors(&output), "bootstrap: Rust is missing; install it from https://rustup.rs, then try again\n");
    }
}

#[test]
fn the_oldest_rust_that_is_allowed_is_allowed() {
    let machine = Machine::complete();
    machine.tool("rustc", "echo 'rustc 1.94.0 (0123456 2026-03-05)'");
    let (output, _) = machine.bootstrap();
    assert_eq!((output.status.code(), errors(&output).as_str()), (Some(0), ""));
}

#[test]
fn a_rust_that_is_too_old_is_named_with_what_to_do() {
    let machine = Machine::complete();
    machine.tool("rustc", "echo rustc 1.88.0");
    let (output, _) = machine.bootstrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        errors(&output),
        "bootstrap: Rust 1.94 or newer is needed and this is 1.88; run rustup update stable, or install it from https://rustup.rs\n"
    );
}
