//! `cargo spanlint`: which packages it reports on, and what else it reads.

use crate::support::{cargo_spanlint, files_below, folder, package, spanlint};
use spanlint::engine::{Engine, LibraryFeatures, Options};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Sends without context, inside a span.
const CLIENT: &str = "use tracing::instrument;\n\n#[instrument]\npub async fn stock() -> Result<reqwest::Response, reqwest::Error> {\n    \
    reqwest::Client::new().get(\"http://stock/items\").send().await\n}\n";

/// Sets up the tracer, so that what it reaches is traced.
const PROGRAM: &str = "use opentelemetry::trace::TracerProvider;\nuse opentelemetry_sdk::propagation::TraceContextPropagator;\n\
    use tracing_subscriber::layer::SubscriberExt;\nuse tracing_subscriber::util::SubscriberInitExt;\n\n#[tokio::main]\nasync fn main() {\n    \
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());\n    \
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().build();\n    \
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(\"api\"));\n    \
    tracing_subscriber::registry().with(layer).init();\n    let _ = stock_client::stock().await;\n}\n";

const DEPENDENCIES: &str = "\n[dependencies]\nopentelemetry = \"0.31\"\nopentelemetry_sdk = \"0.31\"\nreqwest = \"0.12\"\ntokio = \"1\"\n\
    tracing = \"0.1\"\ntracing-opentelemetry = \"0.32\"\ntracing-subscriber = \"0.3\"\n";

fn manifest(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{DEPENDENCIES}{more}")
}

/// A program that calls a library of its workspace; a second library; a package that is none of it.
fn workspace(metadata: &str) -> tempfile::TempDir {
    let root = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"api\", \"stock-client\", \"idle\"]\ndefault-members = [\"api\"]\n{metadata}"
    );
    folder(&[
        ("Cargo.toml", &root),
        ("api/Cargo.toml", &manifest("api", "stock-client = { path = \"../stock-client\" }\n")),
        ("api/src/main.rs", PROGRAM),
        ("stock-client/Cargo.toml", &manifest("stock-client", "")),
        ("stock-client/src/lib.rs", CLIENT),
        ("idle/Cargo.toml", &manifest("idle", "")),
        ("idle/src/lib.rs", CLIENT),
        ("idle/copy/Cargo.toml", &manifest("copy", "\n[workspace]\n")),
        ("idle/copy/src/lib.rs", CLIENT),
    ])
}

/// The files with findings of a run.
fn files(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let run = cargo_spanlint(folder, &[arguments, &["--format", "concise"]].concat());
    assert_eq!(run.err, "");
    let files: Vec<String> = run.out.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(run.code, i32::from(!files.is_empty()), "{}", run.out);
    files
}

#[test]
fn packages_are_chosen_as_cargo_does() {
    let disk = workspace("");
    let root = disk.path();
    let (client, idle) = ("stock-client/src/lib.rs".to_owned(), "idle/src/lib.rs".to_owned());
    assert_eq!(files(root, &[]), [""; 0], "the default members have no fault");
    assert_eq!(files(root, &["--workspace"]), [idle.clone(), client.clone()]);
    assert_eq!(files(root, &["--all", "--exclude", "id*"]), [client.as_str()]);
    assert_eq!(files(root, &["-p", "stock-client"]), [client.as_str()]);
    assert_eq!(files(root, &["-p", "api", "--package", "*"]), [idle.clone(), client.clone()]);
    assert_eq!(files(&root.join("stock-client/src"), &[]), ["lib.rs"], "the package of the folder");
    assert_eq!(files(&root.join("api"), &["-p", "idle"]), [root.canonicalize().unwrap().join(&idle).to_str().unwrap()]);
    assert_eq!(files(root, &["--manifest-path", "idle/Cargo.toml"]), [idle]);
    assert_eq!(files(root, &["--manifest-path", "idle/copy/Cargo.toml"]), ["idle/copy/src/lib.rs"]);
}

#[test]
fn the_rest_of_the_workspace_is_read_and_not_reported() {
    let disk = workspace("");
    // Without a tracer in the program, and with none of its own, the library has nothing to carry on.
    let manifest = fs::read_to_string(disk.path().join("stock-client/Cargo.toml")).unwrap();
    let plain: String =
        manifest.lines().filter(|line| !line.contains("opentelemetry")).map(|line| format!("{line}\n")).collect();
    fs::write(disk.path().join("stock-client/Cargo.toml"), plain).unwrap();
    assert_eq!(files(disk.path(), &["-p", "stock-client"]), ["stock-client/src/lib.rs"]);
    let untraced = "fn main() {\n    drop(stock_client::stock());\n}\n";
    fs::write(disk.path().join("api/src/main.rs"), untraced).unwrap();
    assert_eq!(files(disk.path(), &["-p", "stock-client"]), [""; 0]);
    let counted = cargo_spanlint(disk.path(), &["-p", "idle", "--exit-zero"]);
    assert!(counted.out.contains("in 1 file"), "{}", counted.out);
}

#[test]
fn what_cargo_can_not_tell_fails_the_run_in_its_words() {
    let disk = workspace("");
    let fails = |arguments: &[&str]| {
        let run = cargo_spanlint(disk.path(), arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        run.err
    };
    assert_eq!(
        fails(&["-p", "stok-client"]),
        "error: no package of the workspace is called `stok-client`; did you mean `stock-client`?\n"
    );
    assert_eq!(fails(&["--workspace", "--exclude", "*"]), "error: no package is left to check\n");
    assert!(fails(&["-p", "api", "--workspace"]).contains("cannot be used with"));
    assert!(fails(&["--exclude", "api"]).contains("--workspace"));
    assert!(fails(&["--unsafe-fixes"]).contains("needs `--fix` or `--diff`"));
    assert!(
        fails(&["--manifest-path", "gone/Cargo.toml"])
            .starts_with("error: `cargo metadata` failed: manifest path `gone/Cargo.toml` does not exist")
    );
    fs::write(disk.path().join("api/Cargo.toml"), "[package]\nname = 3\n").unwrap();
    let broken = fails(&[]);
    assert!(broken.starts_with("error: `cargo metadata` failed: ") && broken.contains("api/Cargo.toml"), "{broken}");
}

#[test]
fn manifests_hold_settings() {
    let disk = workspace("\n[workspace.metadata.spanlint]\nignore = [\"missing-inject\"]\n");
    let root = disk.path();
    assert_eq!(files(root, &["--workspace"]), [""; 0]);
    assert_eq!(files(root, &["--workspace", "--select", "missing-inject"]).len(), 2, "the command line wins");
    assert_eq!(spanlint(root, &["check", "stock-client"]).code, 0, "paths have the same settings");
    let path = root.join("idle/Cargo.toml");
    let idle = manifest("idle", "\n[package.metadata.spanlint]\nmin-confidence = \"low\"\n");
    fs::write(&path, &idle).unwrap();
    assert_eq!(files(root, &["-p", "idle"]), ["idle/src/lib.rs"], "the nearest counts, alone");
    assert_eq!(files(root, &["--workspace"]), [""; 0]);
    fs::write(root.join("idle/spanlint.toml"), "select = [\"missing-extract\"]\n").unwrap();
    assert_eq!(files(root, &["-p", "idle"]), [""; 0]);
    assert_eq!(files(root, &["-p", "idle", "--config", "idle/Cargo.toml"]), ["idle/src/lib.rs"]);
}

#[test]
fn broken_settings_of_a_manifest_are_shown_in_it() {
    let said = |metadata: &str| {
        let disk = workspace(metadata);
        let run = cargo_spanlint(disk.path(), &["--format", "concise"]);
        assert_eq!((run.code, run.err.as_str()), (2, ""), "{}", run.out);
        run.out
    };
    let unknown = said("\n[workspace.metadata.spanlint]\nignor = []\n");
    assert_eq!(unknown, "Cargo.toml:7:1: error[config] unknown key `ignor`; did you mean `ignore`?\n");
    let word = said("[workspace.metadata.other]\nx = 1\n[workspace.metadata]\nspanlint.untraced = \"egdes\"\n");
    assert!(word.starts_with("Cargo.toml:8:21: error[config] ") && word.contains("`edges`"), "{word}");
    assert_eq!(
        said("[workspace.metadata]\nspanlint = 3\n"),
        "Cargo.toml:6:12: error[config] expected a table of settings\n"
    );
    assert_eq!(
        said("[workspace.metadata.spanlint]\nmodels = [\"gone\"]\n"),
        "Cargo.toml:6:11: error[config] no such file or folder: `gone`\n"
    );
}

#[test]
fn the_table_of_a_package_comes_before_that_of_its_workspace() {
    let both = "[workspace]\n[workspace.metadata.spanlint]\nselect = [\"missing-extract\"]\nuntraced = \"edges\"\n\
                [package.metadata.spanlint]\nselect = [\"missing-inject\"]\n";
    let disk = folder(&[("Cargo.toml", &manifest("one", both)), ("src/lib.rs", CLIENT)]);
    assert_eq!(files(disk.path(), &[]), ["src/lib.rs"]);
}

#[test]
fn options_are_those_of_check() {
    let disk = workspace("");
    let report = cargo_spanlint(disk.path(), &["--workspace", "--format", "json", "-o", "report.json"]);
    assert_eq!((report.code, report.out.as_str()), (1, ""));
    let report: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(disk.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(report["summary"]["errors"], 2);
    let (own, other) =
        (cargo_spanlint(&package("."), &["--help"]).out, spanlint(&package("."), &["check", "--help"]).out);
    let options = |help: &str| -> Vec<String> {
        help.lines()
            .filter_map(|line| Some(line.trim().split_once("--")?.1.split([' ', '[']).next()?.to_owned()))
            .collect()
    };
    let own = options(&own);
    let missing: Vec<String> = options(&other).into_iter().filter(|option| !own.contains(option)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn versions_are_those_of_the_lock_file_even_if_it_is_ignored() {
    let disk = folder(&[(".gitignore", "Cargo.lock\n")]);
    let fixture = package("fixtures/checks/unused-extract/parent-set-too-late/rust");
    for (path, file) in files_below(&fixture) {
        let copy = disk.path().join(path);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
    let found = |arguments: &[&str]| {
        let run = spanlint(disk.path(), &[arguments, &["--select", "unused-extract", "--format", "concise"]].concat());
        run.out.lines().filter(|line| line.contains("[unused-extract]")).count()
    };
    assert_eq!((found(&["check", "src"]), found(&["check", "old/src"])), (3, 0));
    let lock = disk.path().join("Cargo.lock");
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace("\"tracing-opentelemetry 0.29.0\"", "\"tracing-opentelemetry 0.32.1\"")).unwrap();
    assert_eq!((found(&["check", "src"]), found(&["check", "old/src"])), (3, 2));
    fs::remove_file(&lock).unwrap();
    assert_eq!((found(&["check", "src"]), found(&["check", "old/src"])), (0, 0), "the least version that is asked for");
    fs::write(&lock, "[[package\n").unwrap();
    let run = spanlint(disk.path(), &["check", "--format", "concise"]);
    assert!(run.out.starts_with("Cargo.lock:1:10: warning: can't be read as TOML"), "{}", run.out);
}

/// What a run finds with some features of a library's.
fn found_with(features: Option<&[&str]>, asked_for: &str) -> usize {
    let client = "use tracing::instrument;\n\n#[instrument]\npub async fn stock() {\n    let client = \
        reqwest_middleware::ClientBuilder::new(reqwest::Client::new())\n        \
        .with(reqwest_tracing::TracingMiddleware::default())\n        .build();\n    \
        let _ = client.get(\"http://stock/items\").send().await;\n}\n";
    let more = format!("reqwest-middleware = \"0.4\"\nreqwest-tracing = {{ version = \"0.5\" }}\n{asked_for}");
    let models = spanlint::model::builtin::all().0;
    let mut engine = Engine::new(models, Options::default());
    engine.set_file("Cargo.toml", manifest("one", &more));
    engine.set_file("src/lib.rs", client);
    if let Some(features) = features {
        let there = ["opentelemetry", "reqwest", "reqwest_middleware", "tracing", "tracing_opentelemetry"];
        let mut known: BTreeMap<_, _> = there.iter().map(|name| ((*name).into(), Vec::new())).collect();
        known.insert("reqwest_tracing".into(), features.iter().map(|name| (*name).into()).collect());
        let language = spanlint::lang::for_path("x.rs").unwrap().language;
        engine.set_features(LibraryFeatures { language, features: known });
    }
    engine.check().diagnostics.len()
}

#[test]
fn parts_of_libraries_are_those_that_features_switch_on() {
    let feature = "[features]\notel = [\"reqwest-tracing/opentelemetry_0_31\"]\n";
    assert_eq!(found_with(None, ""), 1, "without the part, the middleware writes no header");
    assert_eq!(found_with(None, feature), 0, "some feature asks for it");
    assert_eq!(found_with(Some(&[]), feature), 1, "cargo says that it is off");
    assert_eq!(found_with(Some(&["default", "opentelemetry_0_31"]), ""), 0, "cargo says that it is on");
}

#[test]
fn features_need_what_cargo_needs_to_tell() {
    let disk = folder(&[
        ("Cargo.toml", "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nmore = []\n"),
        ("src/lib.rs", CLIENT),
    ]);
    let code = |arguments: &[&str]| {
        let run = cargo_spanlint(disk.path(), arguments);
        (run.code, run.err)
    };
    let (code_without_lock, words) = code(&["--all-features"]);
    assert!(code_without_lock == 2 && words.contains("lock file"), "{words}");
    fs::write(disk.path().join("Cargo.lock"), "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"0.1.0\"\n")
        .unwrap();
    assert_eq!(code(&["--all-features", "--no-default-features"]), (0, String::new()));
    assert_eq!(code(&["-F", "more"]).0, 0);
    let (wrong, words) = code(&["--features", "moore"]);
    assert!(wrong == 2 && words.contains("`cargo metadata` failed") && words.contains("moore"), "{words}");
}
