import * as vscode from "vscode";

export async function reportMissingServer(): Promise<void> {
  await offer(
    "duckflux: no language server found. The extension can install one of its own; or set `duckflux.server.path` to a " +
      "`duckflux-ls` command, or to a Python interpreter that has it.",
    {
      "Install the Server": ["duckflux.installServer"],
      "Open Settings": ["workbench.action.openSettings", "duckflux.server.path"],
      "Try Again": ["duckflux.restart"],
    },
  );
}

export async function reportCrashes(): Promise<void> {
  await offer("duckflux: the language server ended again and again, and is not started any more.", {
    "Show Log": ["duckflux.showServerLog"],
    Restart: ["duckflux.restart"],
  });
}

/** An error with buttons, each for a command. */
async function offer(message: string, actions: Record<string, [string, ...unknown[]]>): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(message, ...Object.keys(actions));
  const [command, ...given] = (chosen && actions[chosen]) || [];
  if (command) await vscode.commands.executeCommand(command, ...given);
}
