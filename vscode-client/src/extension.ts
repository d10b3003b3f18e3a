import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { Connection } from "./connection";
import { onDidChangeInterpreter } from "./server";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("duckflux", { log: true });
  const current = (connection = new Connection(log));
  const watchInterpreter = async () => {
    context.subscriptions.push(await onDidChangeInterpreter(() => current.restart()));
  };
  context.subscriptions.push(
    log,
    ...registerCommands(current, log),
    vscode.workspace.onDidGrantWorkspaceTrust(() => Promise.all([current.trust(), watchInterpreter()])),
    vscode.workspace.onDidChangeConfiguration((event) =>
      event.affectsConfiguration("duckflux.server.path") ? current.restart() : undefined,
    ),
  );
  await current.restart();
  await watchInterpreter();
}

export function deactivate(): Promise<void> | undefined {
  return connection?.stop();
}
