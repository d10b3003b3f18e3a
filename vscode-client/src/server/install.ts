import * as vscode from "vscode";
import type { Connection } from "../connection";
import type { OwnServer } from "./own";

/** Installs the extension's own server, with a progress bar, and starts it. */
export async function installServer(own: OwnServer, connection: Connection): Promise<void> {
  const abort = new AbortController();
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: "Installing the duckflux server",
    cancellable: true,
  };
  // The server may run in the folder that is made anew.
  await connection.stop();
  const failed = await vscode.window.withProgress(options, async (progress, token) => {
    token.onCancellationRequested(() => {
      abort.abort();
    });
    return own
      .install((message) => {
        progress.report({ message });
      }, abort.signal)
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
  });
  await connection.restart();
  if (failed === undefined) {
    void vscode.window.showInformationMessage("duckflux: the server is installed.");
  } else if (!abort.signal.aborted) {
    const showLog = "Show Log";
    const answer = await vscode.window.showErrorMessage(`duckflux: ${failed}`, showLog);
    if (answer === showLog) await vscode.commands.executeCommand("duckflux.showServerLog");
  }
}
