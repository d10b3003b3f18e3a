import * as vscode from "vscode";
import { ask } from "./requests";
import { revealStep } from "./revealStep";
import type { Runs } from "./runs";

/** Milliseconds after the last key or result before the server is asked. */
const PAUSE = 200;

/** Flow diagrams beside their workflows: they follow the text, the cursor and the run. The server draws them. */
export class FlowDiagrams implements vscode.Disposable {
  private readonly diagrams = new Map<string, FlowDiagram>();
  private readonly listening: vscode.Disposable[];

  constructor(runs: Runs) {
    const of = (uri: vscode.Uri | string) => this.diagrams.get(uri.toString());
    this.listening = [
      vscode.workspace.onDidChangeTextDocument(({ document }) => of(document.uri)?.drawLater()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => of(textEditor.document.uri)?.follow(textEditor)),
      runs.onDidChange(({ uri }) => of(vscode.Uri.parse(uri))?.showResultsLater()),
    ];
  }

  async show(uri: vscode.Uri): Promise<void> {
    const known = this.diagrams.get(uri.toString());
    if (known) {
      known.reveal();
      return;
    }
    const diagram = await FlowDiagram.open(uri, () => this.diagrams.delete(uri.toString()));
    this.diagrams.set(uri.toString(), diagram);
  }

  dispose(): void {
    for (const listener of this.listening) listener.dispose();
    for (const diagram of this.diagrams.values()) diagram.dispose();
  }
}

class FlowDiagram implements vscode.Disposable {
  private drawing: NodeJS.Timeout | undefined;
  private showing: NodeJS.Timeout | undefined;

  private constructor(
    private readonly uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    onClosed: () => void,
  ) {
    panel.onDidDispose(() => {
      clearTimeout(this.drawing);
      clearTimeout(this.showing);
      onClosed();
    });
    panel.webview.onDidReceiveMessage((message: Message) => this.take(message));
  }

  static async open(uri: vscode.Uri, onClosed: () => void): Promise<FlowDiagram> {
    const html = await ask("diagramPage", {});
    const panel = vscode.window.createWebviewPanel(
      "duckflux.diagram",
      "Flow",
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true },
      { enableScripts: true, localResourceRoots: [], retainContextWhenHidden: true },
    );
    const diagram = new FlowDiagram(uri, panel, onClosed);
    panel.webview.html = html;
    return diagram;
  }

  reveal(): void {
    this.panel.reveal(undefined, true);
  }

  dispose(): void {
    this.panel.dispose();
  }

  drawLater(): void {
    clearTimeout(this.drawing);
    this.drawing = setTimeout(() => void this.draw(), PAUSE);
  }

  /** Results come in faster than anybody reads: the first of them starts the pause. */
  showResultsLater(): void {
    this.showing ??= setTimeout(() => {
      this.showing = undefined;
      void this.showResults();
    }, PAUSE);
  }

  async follow({ document, selection }: vscode.TextEditor): Promise<void> {
    const step = await ask("diagramStep", { uri: document.uri.toString(), position: selection.active });
    await this.panel.webview.postMessage({ step });
  }

  private async take({ ready, step }: Message): Promise<void> {
    if (ready) await this.draw();
    if (typeof step === "string") await revealStep(this.uri, step);
  }

  private async draw(): Promise<void> {
    const found = await ask("diagram", { uri: this.uri.toString() });
    if (!found) return;
    this.panel.title = `Flow of ${found.title}`;
    await this.panel.webview.postMessage({ svg: found.svg });
    await this.showResults();
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === this.uri.toString());
    if (editor) await this.follow(editor);
  }

  private async showResults(): Promise<void> {
    const results = await ask("diagramResults", { uri: this.uri.toString() });
    await this.panel.webview.postMessage({ results });
  }
}

/** What the page says: it is there, or a step was chosen. */
interface Message {
  ready?: unknown;
  step?: unknown;
}
