//! One set of services, proven: in pieces as it ships, one trace once the tool has repaired it. Knows no recipe.

use std::path::Path;
use std::process::Command;

use crate::Outcome;
use crate::process::run;
use crate::say;
use crate::services::{self, Fixes, Service};
use crate::spans::{Span, draw, expect_chain, expect_pieces};
use crate::toolchain::{self, CARGO, GO};
use crate::zipkin::Zipkin;

/// A set of services that call one another in a chain. Service names are folders and programs.
pub(crate) struct Set {
    /// The folder in `fixtures/`.
    pub(crate) folder: &'static str,
    /// What builds it.
    pub(crate) builder: Builder,
    /// The folder below it that the tool repairs; empty for all of it.
    pub(crate) repaired: &'static str,
    /// Which fixes it may apply.
    pub(crate) fixes: Fixes,
    /// The services in the order of calls, each with the variable that takes the next one's base URL.
    pub(crate) chain: &'static [(&'static str, Option<&'static str>)],
    /// What the first service's answer contains if every service was reached.
    pub(crate) answer: &'static str,
    /// How many spans each service leaves as it ships, and how many once it is repaired.
    pub(crate) spans: &'static [(&'static str, usize, usize)],
    /// The services of each trace as it ships.
    pub(crate) pieces: &'static [&'static [&'static str]],
}

/// A toolchain that builds sets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Builder {
    Go,
    Cargo,
}

impl Set {
    /// Proves the set, or says what is missing on this machine.
    pub(crate) fn prove(&self) {
        let tool = match self.builder {
            Builder::Go => GO,
            // Hundreds of libraries are built for it.
            Builder::Cargo if !toolchain::is_required() => {
                return say("skipped: building it takes minutes; SPANLINT_PROOF=require asks for it");
            }
            Builder::Cargo => CARGO,
        };
        let Some(jar) = toolchain::zipkin_jar_and(&[tool]) else { return };
        let failure = self.try_prove(&jar).err();
        assert!(failure.is_none(), "{}", failure.unwrap_or_default());
    }

    fn try_prove(&self, jar: &Path) -> Outcome<()> {
        let scratch = tempfile::tempdir().map_err(|e| e.to_string())?;
        let (unfixed, fixed) = (scratch.path().join("unfixed"), scratch.path().join("fixed"));
        let mut zipkin = Zipkin::spawn(jar, scratch.path())?;

        services::copy(&services::fixture(self.folder), &unfixed)?;
        services::copy(&services::fixture(self.folder), &fixed)?;
        services::repair(&fixed.join(self.repaired), self.fixes)?;
        self.build(&unfixed)?;
        self.build(&fixed)?;
        zipkin.wait_until_ready()?;

        // Without this half the other proves nothing.
        let expected: Vec<_> = self.spans.iter().map(|(name, before, _)| (*name, *before)).collect();
        let spans = self.call(&unfixed, &mut zipkin, &expected).map_err(|e| format!("unfixed: {e}"))?;
        say(&format!("unfixed:\n{}", draw(&spans)));
        expect_pieces(&spans, self.pieces).map_err(|e| format!("unfixed: {e}"))?;

        let expected: Vec<_> = self.spans.iter().map(|(name, _, after)| (*name, *after)).collect();
        let spans = self.call(&fixed, &mut zipkin, &expected).map_err(|e| format!("fixed: {e}"))?;
        say(&format!("fixed:\n{}", draw(&spans)));
        let chain: Vec<&str> = self.chain.iter().map(|(name, _)| *name).collect();
        expect_chain(&spans, &chain).map_err(|e| format!("fixed: {e}"))
    }

    fn build(&self, folder: &Path) -> Outcome<()> {
        match self.builder {
            Builder::Go => self.build_with_go(folder),
            Builder::Cargo => self.build_with_cargo(folder),
        }
    }

    /// Libraries are built once for all sets and states.
    fn build_with_cargo(&self, folder: &Path) -> Outcome<()> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/proof");
        run(Command::new("cargo").args(["fmt", "--check"]).current_dir(folder))?;
        // Cargo takes what was built of another copy for this one's, as only the time of its files tells them apart.
        let mut clean = Command::new("cargo");
        clean.args(["clean", "--target-dir"]).arg(&target).args(self.chain.iter().flat_map(|(name, _)| ["-p", *name]));
        run(clean.current_dir(folder))?;
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--locked", "--target-dir"]).arg(&target);
        run(cargo.current_dir(folder))?;
        let bin = folder.join("bin");
        std::fs::create_dir_all(&bin).map_err(|e| format!("{}: {e}", bin.display()))?;
        for (name, _) in self.chain {
            std::fs::copy(target.join("debug").join(name), bin.join(name)).map_err(|e| format!("{name}: {e}"))?;
        }
        Ok(())
    }

    fn build_with_go(&self, folder: &Path) -> Outcome<()> {
        let mut go = Command::new("go");
        // Without the folder's own path in the binaries, the second build takes most from the cache.
        go.args(["build", "-trimpath", "-o", "bin/"]).args(self.chain.iter().map(|(name, _)| format!("./{name}")));
        run(go.current_dir(folder)).map(drop)
    }

    /// Runs the services, sends one request through all of them and gives the spans it left.
    fn call(&self, folder: &Path, zipkin: &mut Zipkin, expected: &[(&str, usize)]) -> Outcome<Vec<Span>> {
        let next = self.chain.iter().skip(1).map(|(name, _)| *name).map(Some).chain([None]);
        let services: Vec<Service> = self
            .chain
            .iter()
            .zip(next)
            .map(|((name, variable), next)| Service {
                name,
                program: folder.join("bin").join(name),
                arguments: Vec::new(),
                calls: variable.zip(next),
            })
            .collect();
        let running = services::start(&services, &zipkin.url(), &folder.join("logs"))?;
        let (first, _) = self.chain[0];
        let answer = running.call(first)?;
        if !answer.contains(self.answer) {
            return Err(format!("{first} answered {answer:?}, without {:?}\n{}", self.answer, running.logs()));
        }
        zipkin.collect(expected).map_err(|e| format!("{e}{}", running.logs()))
    }
}
