import * as vscode from "vscode";
import { ask } from "./requests";
import { revealStep } from "./revealStep";
import type { Runs } from "./runs";

interface Page {
  panel: vscode.WebviewPanel;
  workflow: string | null;
}

/**
 * Traces as pages, which follow a run that goes on. The server makes a page; its own policy lets it load nothing and run
 * no script but its own.
 */
export class TracePages implements vscode.Disposable {
  private readonly pages = new Map<string, Page>();
  private readonly listening: vscode.Disposable;

  constructor(runs: Runs) {
    this.listening = runs.onDidBeginOrEnd(({ uri, tracePath, restored }) => {
      if (!tracePath || restored) return;
      for (const [path, { panel, workflow }] of this.pages) {
        if (path !== tracePath && workflow === uri) void panel.webview.postMessage({ isNewest: false });
      }
    });
  }

  async show(tracePath: string): Promise<void> {
    void vscode.commands.executeCommand("setContext", "duckflux.sawTrace", true);
    const known = this.pages.get(tracePath);
    if (known) {
      known.panel.reveal();
      return;
    }
    const panel = newPanel();
    const page: Page = { panel, workflow: null };
    this.pages.set(tracePath, page);
    panel.onDidDispose(() => this.pages.delete(tracePath));
    panel.webview.onDidReceiveMessage((message: Message) => this.take(message, page, tracePath));
    if (!(await fill(page, tracePath))) panel.dispose();
  }

  /** The runs that are compared on the lines of a workflow, one below the other. */
  async showCompared(uri: vscode.Uri): Promise<void> {
    const found = await ask("comparisonPage", { uri: uri.toString() });
    if (!found) return;
    const page: Page = { panel: newPanel(), workflow: uri.toString() };
    page.panel.webview.onDidReceiveMessage((message: Message) => this.take(message, page, ""));
    page.panel.title = found.title;
    page.panel.webview.html = found.html;
  }

  close(tracePath: string): void {
    this.pages.get(tracePath)?.panel.dispose();
  }

  dispose(): void {
    this.listening.dispose();
    for (const { panel } of this.pages.values()) panel.dispose();
  }

  private take(message: Message, page: Page, tracePath: string): Promise<void> {
    if (message.known !== undefined) return tell(page, tracePath, message.known);
    if (message.show === "newest") return this.showNewest(page);
    if (message.show === "trace" && typeof message.tracePath === "string") return this.show(message.tracePath);
    return showStep(message);
  }

  private async showNewest({ workflow }: Page): Promise<void> {
    const [newest] = workflow === null ? [] : await ask("traces", { uri: workflow });
    if (newest) await this.show(newest.tracePath);
  }
}

/** What a page says: a step was chosen, another run is to be shown, or it asks what is new beyond what it knows. */
interface Message {
  known?: unknown;
  show?: unknown;
  tracePath?: unknown;
  workflow?: unknown;
  step?: unknown;
}

function newPanel(): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(
    "duckflux.trace",
    "Trace",
    { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
    { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
  );
}

async function fill(page: Page, tracePath: string): Promise<boolean> {
  const found = await ask("tracePage", { tracePath });
  if (!found) return false;
  page.panel.title = found.title;
  page.workflow = found.workflow;
  page.panel.webview.html = found.html;
  return true;
}

/** Answers with what is new: null if there is no server now, false if the trace can't be read any more. */
async function tell({ panel }: Page, tracePath: string, known: unknown): Promise<void> {
  const news = await ask("tracePageNews", { tracePath, known }).then(
    (found) => found ?? false,
    () => null,
  );
  await panel.webview.postMessage({ news });
}

/** A step was chosen on the page. */
async function showStep({ workflow, step }: Message): Promise<void> {
  if (typeof workflow === "string" && typeof step === "string") await revealStep(vscode.Uri.file(workflow), step);
}
