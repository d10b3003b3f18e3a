import * as vscode from "vscode";

/** The server's own diagnostics; what a failed run left has another source. */
const SOURCE = "duckflux";

/** The workflows that have errors and can't run. `when` clauses of menus look them up in `duckflux.invalid`. */
export class InvalidWorkflows implements vscode.Disposable {
  private readonly paths = new Set<string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  /** A workflow has become invalid, or valid again. */
  readonly onDidChange = this.changed.event;
  private readonly listening: vscode.Disposable;

  constructor() {
    this.listening = vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      this.look(uris);
    });
  }

  has(uri: vscode.Uri): boolean {
    return this.paths.has(uri.fsPath);
  }

  dispose(): void {
    vscode.Disposable.from(this.listening, this.changed).dispose();
  }

  private look(uris: readonly vscode.Uri[]): void {
    const changed = uris.filter((uri) => hasErrors(uri) !== this.has(uri));
    if (changed.length === 0) return;
    for (const uri of changed) {
      if (!this.paths.delete(uri.fsPath)) this.paths.add(uri.fsPath);
    }
    void vscode.commands.executeCommand("setContext", "duckflux.invalid", [...this.paths]);
    for (const uri of changed) this.changed.fire(uri);
  }
}

function hasErrors(uri: vscode.Uri): boolean {
  return vscode.languages
    .getDiagnostics(uri)
    .some(({ severity, source }) => severity === vscode.DiagnosticSeverity.Error && source === SOURCE);
}
