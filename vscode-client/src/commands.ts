import * as vscode from "vscode";
import type { Connection } from "./connection";

/** The palette's commands. The server's own commands, `duckflux.server.*`, are registered by the language client. */
export function registerCommands(connection: Connection, log: vscode.LogOutputChannel): vscode.Disposable[] {
  const commands: Record<string, () => unknown> = {
    "duckflux.run": () => onServer(connection, "run"),
    "duckflux.cancel": () => onServer(connection, "cancel"),
    "duckflux.openTrace": () => openTrace(connection),
    "duckflux.showTrace": () => showTrace(connection),
    "duckflux.restart": () => connection.restart(),
    "duckflux.showServerLog": () => {
      log.show();
    },
  };
  return Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run));
}

async function openTrace(connection: Connection): Promise<void> {
  const last = await onServer<{ tracePath: string | null }>(connection, "lastTrace");
  if (last?.tracePath) await vscode.window.showTextDocument(vscode.Uri.file(last.tracePath));
  else if (last) void vscode.window.showInformationMessage("duckflux: this workflow has no trace yet.");
}

/** Lets a person choose a trace file, whose results then stand on the lines of the workflow. */
async function showTrace(connection: Connection): Promise<void> {
  const last = await onServer<{ tracePath: string | null }>(connection, "lastTrace");
  const workflow = vscode.window.activeTextEditor?.document.uri;
  const chosen = await vscode.window.showOpenDialog({
    title: "Trace to show on this workflow",
    openLabel: "Show",
    filters: { Traces: ["json", "txt", "sqlite"] },
    defaultUri: last?.tracePath ? vscode.Uri.file(last.tracePath) : workflow && vscode.Uri.joinPath(workflow, ".."),
  });
  if (chosen?.[0]) await onServer(connection, "showTrace", { tracePath: chosen[0].fsPath });
}

async function onServer<Result>(
  connection: Connection,
  command: string,
  given: Record<string, string> = {},
): Promise<Result | undefined> {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  if (!(await connection.ready())) return undefined;
  return vscode.commands.executeCommand<Result>(`duckflux.server.${command}`, { uri, ...given });
}
