//! A set of services: copied out of the fixtures, repaired by the tool, built, started on free
//! ports and called. Knows no language: how a set is built and run is said by its proof.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Outcome;
use crate::process::{Process, accepts, free_addresses, run};

const START_LIMIT: Duration = Duration::from_secs(30);
const CALL_LIMIT: Duration = Duration::from_secs(15);

/// How one service of a set is started. Its address goes to it in `LISTEN_ADDR`, the Zipkin
/// server's base URL in `TRACING_ZIPKIN`.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// The environment variable that takes the next service's base URL, and that service's name.
    pub(crate) calls: Option<(&'static str, &'static str)>,
}

/// Started services, all killed when dropped.
pub(crate) struct Running {
    services: Vec<(&'static str, SocketAddr, Process)>,
}

/// The folder of this set of services in the repository.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Copies a folder with all that is in it to a place that must not exist yet.
pub(crate) fn copy(from: &Path, to: &Path) -> Outcome<()> {
    copy_folder(from, to).map_err(|e| format!("copying {} to {}: {e}", from.display(), to.display()))
}

/// Which fixes the tool may apply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fixes {
    /// Those that need no second look.
    Safe,
    /// The preferred ones, which may bring a library along.
    Unsafe,
}

/// Lets the tool repair what it finds in this folder.
pub(crate) fn repair(folder: &Path, fixes: Fixes) -> Outcome<()> {
    let mut tool = Command::new(env!("CARGO_BIN_EXE_spanlint"));
    tool.args(["check", "--fix", "--exit-zero", "."]);
    if fixes == Fixes::Unsafe {
        tool.arg("--unsafe-fixes");
    }
    run(tool.current_dir(folder)).map(drop)
}

/// Starts all services and waits until each accepts connections.
pub(crate) fn start(services: &[Service], zipkin: &str, logs: &Path) -> Outcome<Running> {
    fs::create_dir_all(logs).map_err(|e| format!("{}: {e}", logs.display()))?;
    let addresses = free_addresses(services.len())?;
    let address_of = |name: &str| {
        let found = services.iter().position(|service| service.name == name);
        found.map(|index| addresses[index]).ok_or_else(|| format!("no service `{name}` in this set"))
    };

    let mut running = Running { services: Vec::new() };
    for (service, address) in services.iter().zip(&addresses) {
        let mut command = Command::new(&service.program);
        command
            .args(&service.arguments)
            .current_dir(logs)
            .env("LISTEN_ADDR", address.to_string())
            .env("TRACING_ZIPKIN", zipkin);
        if let Some((variable, next)) = service.calls {
            command.env(variable, format!("http://{}", address_of(next)?));
        }
        let process = Process::spawn(service.name, &mut command, logs)?;
        running.services.push((service.name, *address, process));
    }

    for (_, address, process) in &mut running.services {
        process.wait_until(START_LIMIT, || accepts(*address))?;
    }
    Ok(running)
}

impl Running {
    /// Sends one GET to the root of the named service and gives the answer's body.
    pub(crate) fn call(&self, name: &str) -> Outcome<String> {
        let Some((_, address, _)) = self.services.iter().find(|(known, ..)| *known == name) else {
            return Err(format!("no service `{name}` in this set"));
        };
        http(&format!("http://{address}/")).map_err(|e| format!("{e}\n{}", self.logs()))
    }

    /// What all services have printed last.
    pub(crate) fn logs(&self) -> String {
        self.services.iter().map(|(.., process)| process.log()).collect()
    }
}

/// One GET without trace headers and without any proxy. Any status but a 2xx is an error.
pub(crate) fn http(url: &str) -> Outcome<String> {
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_global(Some(CALL_LIMIT)).proxy(None).build().into();
    agent
        .get(url)
        .call()
        .and_then(|mut answer| answer.body_mut().read_to_string())
        .map_err(|e| format!("GET {url}: {e}"))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
