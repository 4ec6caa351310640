//! Child processes that never outlive their test, with their output kept for the failure message.
//! Knows nothing of what the children are.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Outcome;

/// A running child. Dropping it kills it, also when the test panics.
pub(crate) struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the command with its output going to `<logs>/<name>.log`.
    pub(crate) fn spawn(name: &str, command: &mut Command, logs: &Path) -> Outcome<Process> {
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).map_err(|e| format!("{}: {e}", log.display()))?;
        let errors = output.try_clone().map_err(|e| format!("{}: {e}", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("{name} could not be started: {e}"))?;
        Ok(Process { name: name.to_string(), child, log })
    }

    /// Asks `ready` again and again until it says yes, the child ends, or the limit is over.
    pub(crate) fn wait_until(&mut self, limit: Duration, ready: impl Fn() -> bool) -> Outcome<()> {
        let start = Instant::now();
        loop {
            let ended = self.child.try_wait().map_err(|e| format!("{}: {e}", self.name))?;
            if let Some(status) = ended {
                return Err(format!("{} ended before it was ready: {status}\n{}", self.name, self.log()));
            }
            if ready() {
                return Ok(());
            }
            if start.elapsed() > limit {
                return Err(format!("{} was not ready after {limit:?}\n{}", self.name, self.log()));
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// The end of what the child has printed, under a heading with its name.
    pub(crate) fn log(&self) -> String {
        const LINES: usize = 30;
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(LINES)..].join("\n");
        format!("--- {}'s last lines ---\n{tail}\n", self.name)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error here means that the child has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a command to its end. A failure carries everything it printed.
pub(crate) fn run(command: &mut Command) -> Outcome<String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{shown}: {e}"))?;
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(printed) } else { Err(format!("{shown}: {}\n{printed}", output.status)) }
}

/// Addresses on this machine that nobody listens on. All are held until the last is chosen, so
/// that no two are alike.
pub(crate) fn free_addresses(count: usize) -> Outcome<Vec<SocketAddr>> {
    let held: io::Result<Vec<TcpListener>> = (0..count).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
    held.and_then(|held| held.iter().map(TcpListener::local_addr).collect()).map_err(|e| format!("no free port: {e}"))
}

/// Whether something accepts connections there. Nothing is sent, so no handler runs and no span
/// is made.
pub(crate) fn accepts(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
}
