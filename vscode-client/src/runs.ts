import * as vscode from "vscode";
import type { RunState } from "./requests";

/** The last run of each workflow, as the server told of it. */
export class Runs implements vscode.Disposable {
  private readonly states = new Map<string, RunState>();
  private readonly changed = new vscode.EventEmitter<RunState>();
  private readonly turned = new vscode.EventEmitter<RunState>();
  /** Anything is new, also which step runs. */
  readonly onDidChange = this.changed.event;
  readonly onDidBeginOrEnd = this.turned.event;

  of(uri: vscode.Uri): RunState | undefined {
    return this.states.get(uri.toString());
  }

  take(state: RunState): void {
    const uri = vscode.Uri.parse(state.uri).toString();
    const before = this.states.get(uri);
    this.states.set(uri, state);
    this.changed.fire(state);
    if (before?.state === state.state && before.tracePath === state.tracePath) return;
    this.tellMenus();
    this.turned.fire(state);
  }

  /** The server is gone, and its runs with it. */
  interrupt(): void {
    for (const run of this.states.values()) {
      if (run.state === "running") this.take({ ...run, state: "interrupted", summary: "interrupted" });
    }
  }

  dispose(): void {
    this.changed.dispose();
    this.turned.dispose();
  }

  /** `when` clauses of menus look the path of an editor up in these lists. */
  private tellMenus(): void {
    const running = [...this.states].filter(([, run]) => run.state === "running").map(([uri]) => uri);
    const ended = [...this.states].filter(([, run]) => run.state !== "running").map(([uri]) => uri);
    void vscode.commands.executeCommand("setContext", "duckflux.running", running.map(pathOf));
    void vscode.commands.executeCommand("setContext", "duckflux.ended", ended.map(pathOf));
  }
}

function pathOf(uri: string): string {
  return vscode.Uri.parse(uri).fsPath;
}
