import { basename } from "node:path";
import * as vscode from "vscode";
import { ask } from "./requests";
import type { Runs } from "./runs";

/** Traces as pages. The server makes a page; its own policy lets it load nothing and run no script but its own. */
export class TracePages implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();
  private readonly listening: vscode.Disposable;

  constructor(runs: Runs) {
    this.listening = runs.onDidBeginOrEnd(({ tracePath, state }) => {
      const panel = tracePath && state !== "running" ? this.panels.get(tracePath) : undefined;
      if (tracePath && panel) void fill(panel, tracePath);
    });
  }

  async show(tracePath: string): Promise<void> {
    const known = this.panels.get(tracePath);
    if (known) {
      known.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      "duckflux.trace",
      `Trace ${basename(tracePath).slice(0, 8)}`,
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
    );
    this.panels.set(tracePath, panel);
    panel.onDidDispose(() => this.panels.delete(tracePath));
    panel.webview.onDidReceiveMessage(showStep);
    if (!(await fill(panel, tracePath))) panel.dispose();
  }

  dispose(): void {
    this.listening.dispose();
    for (const panel of this.panels.values()) panel.dispose();
  }
}

async function fill(panel: vscode.WebviewPanel, tracePath: string): Promise<boolean> {
  const { html } = await ask("tracePage", { tracePath });
  if (html !== null) panel.webview.html = html;
  return html !== null;
}

/** A step was chosen on the page: its line is shown, in the text as it is now. */
async function showStep(message: { workflow?: unknown; step?: unknown }): Promise<void> {
  const { workflow, step } = message;
  if (typeof workflow !== "string" || typeof step !== "string") return;
  const document = await vscode.workspace.openTextDocument(workflow);
  const editor = await vscode.window.showTextDocument(document, { viewColumn: columnOf(document), preserveFocus: true });
  const range = await ask("stepRange", { uri: document.uri.toString(), step });
  if (!range) return;
  const found = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  editor.selection = new vscode.Selection(found.start, found.start);
  editor.revealRange(found, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function columnOf(document: vscode.TextDocument): vscode.ViewColumn {
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  return shown?.viewColumn ?? vscode.ViewColumn.One;
}
