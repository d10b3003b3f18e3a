import * as vscode from "vscode";
import { ask } from "./requests";
import type { Runs } from "./runs";

const SCHEME = "duckflux-output";
/** Milliseconds between two looks while a step prints. */
const PAUSE = 500;

export interface PrintingStep {
  uri: string;
  step: string;
}

/** What a step prints, as a document that grows while the step runs. */
export class StepOutput implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly disposables: vscode.Disposable[];
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(runs: Runs) {
    this.disposables = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      runs.onDidChange(({ uri }) => {
        for (const { uri: shown } of vscode.workspace.textDocuments)
          if (shown.scheme === SCHEME && stepOf(shown).uri === uri) this.changed.fire(shown);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        clearTimeout(this.timers.get(uri.toString()));
      }),
    ];
  }

  async show(step: PrintingStep): Promise<void> {
    const found = await ask("stepOutput", step);
    if (!found) {
      void vscode.window.showInformationMessage("duckflux: this step has not run yet.");
      return;
    }
    const name = found.name.replaceAll("/", "-");
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name} output`, query: JSON.stringify(step) });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, "log");
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const found = await ask("stepOutput", stepOf(uri));
    if (found && !found.ended) this.lookAgain(uri);
    return found?.text ?? "";
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    vscode.Disposable.from(...this.disposables).dispose();
    this.changed.dispose();
  }

  private lookAgain(uri: vscode.Uri): void {
    clearTimeout(this.timers.get(uri.toString()));
    this.timers.set(uri.toString(), setTimeout(() => {
      this.changed.fire(uri);
    }, PAUSE));
  }
}

function stepOf(uri: vscode.Uri): PrintingStep {
  return JSON.parse(uri.query) as PrintingStep;
}
