//! What a proof needs on the machine. Something missing is a printed skip, or a failure when
//! `SPANLINT_PROOF=require` says that everything must be there.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::process::run;
use crate::say;

const ZIPKIN_JAR: &str = ".m2/repository/io/zipkin/zipkin-server/3.5.1/zipkin-server-3.5.1-exec.jar";
const FETCH_ZIPKIN: &str = "mvn dependency:get -Dartifact=io.zipkin:zipkin-server:3.5.1:jar:exec -Dtransitive=false";

/// A program that a proof runs, with the argument that makes it tell its version.
pub(crate) struct Tool {
    pub(crate) program: &'static str,
    pub(crate) version: &'static str,
}

pub(crate) const GO: Tool = Tool { program: "go", version: "version" };
pub(crate) const CARGO: Tool = Tool { program: "cargo", version: "--version" };
pub(crate) const NEOVIM: Tool = Tool { program: "nvim", version: "--version" };
const JAVA: Tool = Tool { program: "java", version: "-version" };

/// Where the Zipkin server's jar is, if it, Java and all the tools named are there. Otherwise
/// `None`, after printing what is missing.
pub(crate) fn zipkin_jar_and(tools: &[Tool]) -> Option<PathBuf> {
    let mut missing = missing(tools.iter().chain([&JAVA]));
    let jar = zipkin_jar();
    if !jar.is_file() {
        missing.push(format!("{} (`{FETCH_ZIPKIN}` or SPANLINT_ZIPKIN_JAR)", jar.display()));
    }

    none_missing(&missing).then_some(jar)
}

/// Whether all the tools named are there. Otherwise what is missing has been printed.
pub(crate) fn are_there(tools: &[Tool]) -> bool {
    none_missing(&missing(tools))
}

fn missing<'t>(tools: impl IntoIterator<Item = &'t Tool>) -> Vec<String> {
    let is_missing = |tool: &&Tool| run(Command::new(tool.program).arg(tool.version)).is_err();
    tools.into_iter().filter(is_missing).map(|tool| format!("`{}` on the path", tool.program)).collect()
}

fn none_missing(missing: &[String]) -> bool {
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(", ");
    let required = is_required();
    assert!(!required, "SPANLINT_PROOF=require, but missing: {missing}");
    say(&format!("skipped: missing {missing}"));
    false
}

/// Whether nothing may be skipped.
pub(crate) fn is_required() -> bool {
    env::var("SPANLINT_PROOF").is_ok_and(|value| value == "require")
}

fn zipkin_jar() -> PathBuf {
    match env::var_os("SPANLINT_ZIPKIN_JAR") {
        Some(jar) => PathBuf::from(jar),
        None => env::home_dir().unwrap_or_default().join(ZIPKIN_JAR),
    }
}
