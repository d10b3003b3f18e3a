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

/** Shows two runs of a workflow on its lines, with what differs between them. */
export async function compareOnLines(uri: vscode.Uri, [one, other]: [Trace, Trace]): Promise<void> {
  const [before, after] = one.startedAt < other.startedAt ? [one, other] : [other, one];
  await ask("compare", { uri: uri.toString(), before: before.tracePath, after: after.tracePath });
}

/** Asks for one of the runs of a workflow that have ended; `but` is not among them. */
export async function chooseRun(uri: vscode.Uri, title: string, but?: Trace): Promise<Trace | undefined> {
  const traces = await ask("traces", { uri: uri.toString() });
  const items = traces
    .filter(({ tracePath, state }) => tracePath !== but?.tracePath && state !== "running")
    .map((trace) => ({ label: startOf(trace), description: `${trace.state} ${trace.duration}`, detail: trace.error ?? "", trace }));
  if (items.length === 0) {
    void vscode.window.showInformationMessage("duckflux: there is no other run to compare. Run the workflow again.");
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { title, matchOnDetail: true }))?.trace;
}

/** When a run started, as people here write it. */
export function startOf({ startedAt }: Pick<Trace, "startedAt">): string {
  return new Date(startedAt).toLocaleString();
}
