//! Tells Zed how to start `spanlint lsp`: the program that `lsp.spanlint.binary.path` names in the settings, or the one on the
//! `PATH`. What `lsp.spanlint.initialization_options` says goes to the server.

use zed_extension_api::{self as zed, settings::LspSettings, LanguageServerId, Result, Worktree};

struct Spanlint;

impl zed::Extension for Spanlint {
    fn new() -> Self {
        Spanlint
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> Result<zed::Command> {
        let settings = LspSettings::for_worktree(server.as_ref(), worktree)?;
        let path = settings.binary.and_then(|binary| binary.path).or_else(|| worktree.which("spanlint"));
        let command = path.ok_or("there is no `spanlint` on the PATH")?;
        Ok(zed::Command { command, args: vec!["lsp".to_owned()], env: worktree.shell_env() })
    }

    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        Ok(LspSettings::for_worktree(server.as_ref(), worktree)?.initialization_options)
    }
}

zed::register_extension!(Spanlint);
