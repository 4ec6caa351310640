// Starts `spanlint lsp` and lets the protocol do the rest.

import * as vscode from 'vscode';
import { LanguageClient, LanguageClientOptions, ServerOptions } from 'vscode-languageclient/node';

const SECTION = 'spanlint';

/** What texts the server reads: sources, manifests, and what says how to check. */
const documents = [
  { scheme: 'file', language: 'go' },
  { scheme: 'file', language: 'rust' },
  { scheme: 'file', pattern: '**/{go.mod,Cargo.toml,Cargo.lock,spanlint.toml}' },
];

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const changed = async (event: vscode.ConfigurationChangeEvent) => {
    if (event.affectsConfiguration(`${SECTION}.path`)) await restart();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand('spanlint.restart', restart),
    vscode.workspace.onDidChangeConfiguration(changed),
    { dispose: () => void client?.dispose() },
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
}

async function restart(): Promise<void> {
  await client?.dispose();
  await start();
}

async function start(): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  const command = settings.get<string>('path') || 'spanlint';
  const server: ServerOptions = { command, args: ['lsp'] };
  const options: LanguageClientOptions = {
    documentSelector: documents,
    initializationOptions: settings,
    synchronize: { configurationSection: SECTION },
  };
  client = new LanguageClient(SECTION, 'spanlint', server, options);
  try {
    await client.start();
  } catch (error) {
    const answer = 'Open Settings';
    const said = `\`${command} lsp\` can't be started: ${error instanceof Error ? error.message : error}`;
    if ((await vscode.window.showErrorMessage(said, answer)) === answer) {
      await vscode.commands.executeCommand('workbench.action.openSettings', `${SECTION}.path`);
    }
  }
}
