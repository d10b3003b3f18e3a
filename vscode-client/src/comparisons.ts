import * as vscode from "vscode";
import { ask, type Trace } from "./requests";

const SCHEME = "duckflux-comparison";

/** Comparisons of two runs, as texts that can't be edited. The address of one names its traces. */
export class Comparisons implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly registered = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  async show(before: Trace, after: Trace): Promise<void> {
    const traces = [before, after].map(({ tracePath, startedAt }) => ({ tracePath, startedAt }));
    const uri = vscode.Uri.from({ scheme: SCHEME, path: "two runs compared", query: JSON.stringify(traces) });
    await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Active, preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const [before, after] = JSON.parse(uri.query) as [Trace, Trace];
    const table = await ask("compareTraces", { before: before.tracePath, after: after.tracePath });
    return [`A  ${startOf(before)}`, `B  ${startOf(after)}, the newest run`, "", table].join("\n");
  }

  dispose(): void {
    this.registered.dispose();
  }
}

/** When a run started, as people here write it. */
export function startOf({ startedAt }: Pick<Trace, "startedAt">): string {
  return new Date(startedAt).toLocaleString();
}
