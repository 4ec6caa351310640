//! A way to ask the thread of an analysis about edits, as long as what it made is kept there.

use super::run::Found;
use crate::codebase::LinkInput;
use crate::text::FileId;
use std::sync::mpsc;

/// The files that differ from those that were analysed.
pub(super) type Edited = Vec<(FileId, LinkInput)>;

/// Asks about edits. Once it is dropped, the analysis is freed.
pub(super) struct Kept {
    edits: mpsc::SyncSender<Edited>,
    answers: mpsc::Receiver<Option<Found>>,
}

/// The other end.
pub(super) struct Edits {
    edits: mpsc::Receiver<Edited>,
    answers: mpsc::SyncSender<Option<Found>>,
}

/// Both ends.
pub(super) fn channel() -> (Kept, Edits) {
    let (ask, edits) = mpsc::sync_channel(1);
    let (tell, answers) = mpsc::sync_channel(1);
    (Kept { edits: ask, answers }, Edits { edits, answers: tell })
}

impl Kept {
    /// What is found now; none if all must be done anew to tell.
    pub(super) fn ask(&self, edited: Edited) -> Option<Found> {
        self.edits.send(edited).ok()?;
        self.answers.recv().ok()?
    }
}

impl Edits {
    /// Answers as long as somebody may ask.
    pub(super) fn answer(&self, mut revise: impl FnMut(Edited) -> Option<Found>) {
        while let Ok(edited) = self.edits.recv() {
            if self.answers.send(revise(edited)).is_err() {
                return;
            }
        }
    }
}
