//! Reading and writing on a real disk, with everything that can be wrong there.

use crate::support::folder;
use spanlint::diagnostic::Severity;
use spanlint::workspace::{Excluded, LARGEST_FILE, Workspace, WriteError, read_models, write_whole};
use std::fs;
use std::path::{Path, PathBuf};

const GO: &str = "package x\n";

fn read(current: &Path, paths: &[&str]) -> Workspace {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    Workspace::read_from(current, &paths, &Excluded::default()).unwrap()
}

/// `path: message` of every notice.
fn notices(workspace: &Workspace) -> Vec<String> {
    workspace.notices.iter().map(|notice| format!("{}: {}", notice.path, notice.message)).collect()
}

#[test]
fn ignored_and_hidden_files_are_left_out_unless_asked_for() {
    let disk = folder(&[
        ("a.go", GO),
        ("notes.txt", "no source"),
        (".gitignore", "made.go\nbuild/\n"),
        ("sub/.ignore", "other.go\n"),
        ("made.go", GO),
        ("build/b.go", GO),
        ("sub/other.go", GO),
        ("sub/c.go", GO),
        (".hidden/d.go", GO),
    ]);
    let found = read(disk.path(), &["."]);
    assert_eq!(found.len(), 2);
    assert!(found.text("a.go").is_some() && found.text("sub/c.go").is_some());
    let asked_for = read(disk.path(), &["made.go", "build", "sub/other.go", ".hidden/d.go"]);
    assert_eq!(asked_for.len(), 4, "{asked_for:?}");
}

#[test]
fn a_file_given_twice_is_read_once() {
    let disk = folder(&[("sub/a.go", GO)]);
    assert_eq!(read(disk.path(), &[".", "sub", "sub/a.go", "sub/../sub/a.go"]).len(), 1);
}

#[test]
fn bad_files_are_named_and_the_others_read() {
    let disk = folder(&[("good.go", GO), ("empty.go", "")]);
    fs::write(disk.path().join("latin.go"), b"package x // caf\xe9\n").unwrap();
    fs::write(disk.path().join("random.go"), (0..5000u32).map(|it| ((it * 7919) >> 3) as u8).collect::<Vec<u8>>())
        .unwrap();
    fs::File::create(disk.path().join("huge.go")).unwrap().set_len(20 * 1024 * 1024).unwrap();
    let found = read(disk.path(), &["."]);
    assert_eq!(found.len(), 2);
    let [huge, latin, random] = &notices(&found)[..] else { panic!("{:?}", found.notices) };
    assert_eq!(huge, "huge.go: this file has 20 MB; expected at most 8 MB; not checked");
    assert_eq!(latin, "latin.go: byte 16 of this file is not UTF-8; expected source text in UTF-8; not checked");
    assert!(random.starts_with("random.go: byte "));
    assert!(found.notices.iter().all(|notice| notice.severity == Severity::Warning));
}

#[test]
fn a_file_of_the_largest_size_is_read() {
    let disk = folder(&[("a.go", &" ".repeat(LARGEST_FILE as usize))]);
    assert!(read(disk.path(), &["."]).notices.is_empty());
}

#[test]
fn what_no_language_reads_is_said() {
    let disk = folder(&[("notes.txt", "x"), ("empty/.keep", "")]);
    assert!(notices(&read(disk.path(), &["notes.txt"]))[0].contains("notes.txt: no language has files of this name"));
    assert!(
        notices(&read(disk.path(), &["empty"]))[0].contains("empty: nothing to check here; expected files ending in")
    );
}

#[test]
fn a_missing_path_ends_the_run_with_the_nearest_name() {
    let disk = folder(&[("payment/a.go", GO)]);
    let wrong = |path: &str| {
        Workspace::read_from(disk.path(), &[PathBuf::from(path)], &Excluded::default()).unwrap_err().to_string()
    };
    assert_eq!(wrong("paymnt"), "no such file or folder: `paymnt`; did you mean `payment`?");
    assert_eq!(wrong("payment/b.go"), "no such file or folder: `payment/b.go`; did you mean `payment/a.go`?");
    assert_eq!(wrong("entirely-different"), "no such file or folder: `entirely-different`");
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = folder(&[("out.go", GO)]);
    let disk = folder(&[("sub/a.go", GO)]);
    let at = |path: &str| disk.path().join(path);
    symlink(at(""), at("sub/loop")).unwrap();
    symlink(at("one.go"), at("two.go")).unwrap();
    symlink(at("two.go"), at("one.go")).unwrap();
    symlink("gone", at("gone.go")).unwrap();
    symlink(at("sub"), at("again")).unwrap();
    symlink(outside.path(), at("leaves")).unwrap();
    symlink(outside.path().join("out.go"), at("out.go")).unwrap();
    let found = read(disk.path(), &["."]);
    assert_eq!(found.len(), 1, "{found:?}");
    let expected = [
        "gone.go: this symbolic link leads nowhere",
        "leaves: this symbolic link and 1 more lead outside the paths given; not followed",
        "one.go: this symbolic link leads nowhere",
        "sub/loop: this symbolic link leads back to a folder that holds it; not followed",
        "two.go: this symbolic link leads nowhere",
    ];
    for (notice, expected) in notices(&found).iter().zip(expected) {
        assert!(notice.starts_with(expected), "{notice}");
    }
    assert_eq!(found.notices.len(), expected.len());
    // A link that was asked for by name is what was asked for.
    assert_eq!(read(disk.path(), &["leaves"]).len(), 1);
}

#[cfg(unix)]
#[test]
fn unreadable_folders_and_files_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let disk = folder(&[("good.go", GO), ("closed/a.go", GO), ("secret.go", GO)]);
    let close =
        |path: &str, mode| fs::set_permissions(disk.path().join(path), PermissionsExt::from_mode(mode)).unwrap();
    close("closed", 0o000);
    close("secret.go", 0o000);
    let is_superuser = fs::read(disk.path().join("secret.go")).is_ok();
    let found = read(disk.path(), &["."]);
    close("closed", 0o755);
    if is_superuser {
        println!("skipped: nothing is unreadable for the superuser");
        return;
    }
    assert_eq!(found.len(), 1);
    let [folder, file] = &notices(&found)[..] else { panic!("{:?}", found.notices) };
    assert!(folder.starts_with("closed: this can't be read"), "{folder}");
    assert!(file.starts_with("secret.go: this file can't be read"), "{file}");
}

#[test]
fn manifests_above_are_read_and_paths_stay_short() {
    let disk = folder(&[
        ("go.work", "go 1.22\n"),
        ("shop/go.mod", "module shop\n"),
        ("shop/payment/handler.go", GO),
        ("shop/payment/inner/go.mod", "module inner\n"),
        ("shop/web/web.go", GO),
    ]);
    let payment = disk.path().join("shop/payment");
    for paths in [["."], ["handler.go"]] {
        let found = read(&payment, &paths);
        assert!(found.text("go.work").is_some() && found.text("shop/go.mod").is_some(), "{found:?}");
        assert!(found.text("shop/payment/handler.go").is_some());
        assert!(found.text("shop/web/web.go").is_none(), "what was not asked for is not read");
        assert_eq!(found.shown("shop/payment/handler.go"), "handler.go");
        assert!(found.may_change("shop/payment/handler.go") && !found.may_change("shop/go.mod"));
    }
    let from_above = read(disk.path(), &["shop/payment/handler.go"]);
    assert_eq!(from_above.shown("shop/payment/handler.go"), "shop/payment/handler.go");
    let elsewhere = folder(&[]);
    let found = read(elsewhere.path(), &[payment.to_str().unwrap()]);
    let real = fs::canonicalize(payment.join("handler.go")).unwrap();
    assert_eq!(found.shown("shop/payment/handler.go"), real.to_str().unwrap());
    // The nearest manifest of a name counts, not one further up.
    assert!(read(&payment.join("inner"), &["."]).text("shop/go.mod").is_none());
}

#[test]
fn writing_keeps_line_ends_and_changes_nothing_else() {
    let disk = folder(&[("a.go", "package x\r\n"), ("b.go", GO)]);
    let found = read(disk.path(), &["."]);
    found.write("a.go", "package x\r\n// é\r\n").unwrap();
    assert_eq!(fs::read(disk.path().join("a.go")).unwrap(), "package x\r\n// é\r\n".as_bytes());
    let names: Vec<_> = fs::read_dir(disk.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no temporary file is left: {names:?}");
}

#[test]
fn a_file_changed_meanwhile_is_left_alone() {
    let disk = folder(&[("a.go", GO), ("b.go", GO)]);
    let found = read(disk.path(), &["."]);
    fs::write(disk.path().join("a.go"), "package mine\n").unwrap();
    fs::remove_file(disk.path().join("b.go")).unwrap();
    for name in ["a.go", "b.go"] {
        assert!(matches!(found.write(name, "package other\n"), Err(WriteError::Changed)));
    }
    assert_eq!(fs::read_to_string(disk.path().join("a.go")).unwrap(), "package mine\n");
}

#[test]
fn nothing_outside_the_paths_given_is_written() {
    let disk = folder(&[("go.mod", "module x\n"), ("sub/a.go", GO)]);
    let found = read(&disk.path().join("sub"), &["."]);
    assert!(found.text("go.mod").is_some());
    assert!(matches!(found.write("go.mod", "module y\n"), Err(WriteError::Outside)));
    assert!(matches!(found.write("../x.go", GO), Err(WriteError::Changed)), "there is no such file");
}

#[cfg(unix)]
#[test]
fn a_folder_that_became_a_link_is_not_written_through() {
    let elsewhere = folder(&[("a.go", GO)]);
    let disk = folder(&[("sub/a.go", GO)]);
    let found = read(disk.path(), &["."]);
    fs::remove_dir_all(disk.path().join("sub")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), disk.path().join("sub")).unwrap();
    assert!(matches!(found.write("sub/a.go", "package other\n"), Err(WriteError::Outside)));
    assert_eq!(fs::read_to_string(elsewhere.path().join("a.go")).unwrap(), GO);
}

#[cfg(unix)]
#[test]
fn the_mode_of_a_file_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let disk = folder(&[("a.go", GO), ("fixed.go", GO)]);
    let path = disk.path().join("a.go");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o751)).unwrap();
    fs::set_permissions(disk.path().join("fixed.go"), PermissionsExt::from_mode(0o444)).unwrap();
    let found = read(disk.path(), &["."]);
    found.write("a.go", "package y\n").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o751);
    let Err(WriteError::Failed(error)) = found.write("fixed.go", "package y\n") else { panic!("it is read-only") };
    assert!(error.to_string().ends_with("is read-only"));
    // A new file is as open as the user's mask allows, not only for its owner.
    write_whole(&disk.path().join("new.txt"), b"x").unwrap();
    let plain = disk.path().join("plain.txt");
    fs::write(&plain, "x").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&disk.path().join("new.txt")), mode(&plain));
}

#[test]
fn the_language_of_a_users_model_is_its_folders_or_its_own_word() {
    let disk = folder(&[
        ("rules/go/company.toml", "summary = \"a\"\n"),
        ("rules/go/README.md", "no model"),
        ("own.toml", "# ours\nlanguage = \"go\" # as it says\nsummary = \"b\"\n"),
        ("cobol.toml", "language = 'cobol'\n"),
        ("late.toml", "[type]\nlanguage = \"go\"\n"),
    ]);
    let (models, problems) = read_models(&[disk.path().to_owned()]).unwrap();
    let texts: Vec<&str> = models.iter().map(|model| &*model.text).collect();
    let blank = " ".repeat("language = \"go\" # as it says".len());
    assert_eq!(texts, [&format!("# ours\n{blank}\nsummary = \"b\"\n"), "summary = \"a\"\n"]);
    assert!(models.iter().all(|model| model.language.id() == "go"));
    let problems: Vec<&str> = problems.iter().map(|notice| &*notice.message).collect();
    let [cobol, late] = problems[..] else { panic!("{problems:?}") };
    assert!(cobol.starts_with("there is no language `cobol`; expected a line"), "{cobol}");
    assert!(late.starts_with("nothing says which language this model speaks of; expected"), "{late}");
    assert!(read_models(&[disk.path().join("gone")]).is_err());
}
