//! `spanlint lsp`: the language server. Speaks the protocol at the rim and drives the engine as every other face does.
//!
//! | module | holds |
//! |---|---|
//! | `session` | the loop over what the editor says and what workers find |
//! | `folder` | a folder of the editor, with its worker and what it last found |
//! | `worker` | the thread that owns the engine of a folder |
//! | `requests` | what is asked, and the answers |
//! | `actions`, `hover` | the two larger answers |
//! | `view` | findings, places and edits in the editor's terms |
//! | `documents`, `uri` | open texts, and how they are named |
//! | `client`, `settings` | what the editor can do, and what it wants |

mod actions;
mod client;
mod documents;
mod folder;
mod hover;
mod project;
mod requests;
mod session;
mod settings;
mod uri;
mod view;
mod worker;

use anyhow::Context;
use client::Client;
use lsp_server::Connection;
use serde_json::json;
use session::Session;

/// Serves an editor that has started this process and speaks to it by its standard streams.
///
/// # Errors
/// The editor breaks the protocol before it has said what it can do, or a stream fails.
pub fn serve_stdio() -> anyhow::Result<()> {
    let (connection, threads) = Connection::stdio();
    let served = serve(&connection);
    // The thread that writes ends when nobody can send any longer.
    drop(connection);
    served?;
    Ok(threads.join()?)
}

/// Serves an editor until it says goodbye, or goes away.
///
/// # Errors
/// The editor breaks the protocol before it has said what it can do.
pub fn serve(connection: &Connection) -> anyhow::Result<()> {
    let (id, asked) = connection.initialize_start().context("no editor has spoken; this is for editors to start")?;
    let client = Client::new(connection.sender.clone(), &asked);
    let answer = json!({
        "capabilities": client.offer(),
        "serverInfo": {"name": "spanlint", "version": env!("CARGO_PKG_VERSION")},
    });
    connection.initialize_finish(id, answer)?;
    Session::new(client, &asked).run(connection)
}
