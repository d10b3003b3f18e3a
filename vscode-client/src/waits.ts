import * as vscode from "vscode";
import { fileName } from "./names";
import { ask, type RunState, type Waiting } from "./requests";
import type { Runs } from "./runs";

/** Tells of events that runs wait for, once for each, with what can be done about it. */
export function tellOfWaits(runs: Runs): vscode.Disposable {
  const told = new Map<string, Set<string>>();
  return runs.onDidChange((state) => {
    const before = told.get(state.uri);
    told.set(state.uri, new Set(state.waiting.map(keyOf)));
    for (const waiting of state.waiting) if (!before?.has(keyOf(waiting))) void tell(state, waiting);
  });
}

function keyOf({ event, since, step }: Waiting): string {
  return JSON.stringify([event, since, step]);
}

async function tell({ uri }: RunState, { event, step }: Waiting): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(`${fileName(uri)} waits for ${event}.`, "Answer…", "Cancel run");
  if (chosen === "Answer…") await ask("answer", { uri, event, step });
  else if (chosen === "Cancel run") await ask("cancel", { uri });
}
