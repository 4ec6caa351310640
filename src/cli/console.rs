//! Where a run prints, and how wide and colourful that may be.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Work that takes less is not announced.
const PATIENCE: Duration = Duration::from_secs(1);
/// Columns where nobody says how many there are.
const USUAL_WIDTH: usize = 80;

/// The two streams of a run.
pub(super) struct Console<'a> {
    /// Takes what was asked for.
    out: &'a mut dyn Write,
    /// Takes everything else.
    pub(super) err: &'a mut dyn Write,
    /// Whether `out` may get colours.
    pub(super) color: bool,
    /// Whether `out` may get more than ASCII.
    pub(super) unicode: bool,
    /// Whether `out` may get links.
    pub(super) links: bool,
    /// Columns of `out`.
    pub(super) width: usize,
    /// Whether a person watches `err`.
    watched: bool,
}

impl<'a> Console<'a> {
    /// The console of this process.
    pub(super) fn of_terminal(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Console<'a> {
        Console {
            out,
            err,
            color: supports_color::on(supports_color::Stream::Stdout).is_some(),
            links: supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
            unicode: supports_unicode::on(supports_unicode::Stream::Stdout),
            width: terminal_size::terminal_size().map_or(USUAL_WIDTH, |(width, _)| width.0.into()),
            watched: io::stderr().is_terminal(),
        }
    }

    /// Prints what was asked for. That nobody reads on is no error.
    ///
    /// # Errors
    /// The stream's, save for a reader that has gone away.
    pub(super) fn print(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Does some work; if it takes long and somebody watches, says so.
    pub(super) fn while_announcing<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> T {
        if !self.watched {
            return work();
        }
        std::thread::scope(|scope| {
            let (done, finished) = channel::<()>();
            scope.spawn(move || {
                if finished.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                let bar = ProgressBar::new_spinner().with_message(what).with_elapsed(PATIENCE);
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
                    bar.set_style(style);
                }
                while finished.recv_timeout(Duration::from_millis(100)) == Err(RecvTimeoutError::Timeout) {
                    bar.tick();
                }
                bar.finish_and_clear();
            });
            let result = work();
            drop(done);
            result
        })
    }
}
