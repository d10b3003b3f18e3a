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
    const isSame = before?.state === state.state && before.tracePath === state.tracePath;
    if (!isSame || before.waiting.length !== state.waiting.length) this.tellMenus();
    if (!isSame) this.turned.fire(state);
  }

  /** A trace is gone, so nothing can build on its run. */
  forget(tracePath: string): void {
    for (const [uri, run] of this.states) {
      if (run.tracePath !== tracePath) continue;
      this.states.delete(uri);
      this.tellMenus();
      this.changed.fire(run);
      this.turned.fire(run);
    }
  }

  /** The server is gone, and its runs with it. */
  interrupt(): void {
    for (const run of this.states.values()) {
      if (run.state === "running") this.take({ ...run, state: "interrupted", summary: "interrupted", waiting: [] });
    }
  }

  dispose(): void {
    this.changed.dispose();
    this.turned.dispose();
  }

  /** `when` clauses of menus look the path of an editor up in these lists. */
  private tellMenus(): void {
    this.tell("running", ({ state }) => state === "running");
    this.tell("waiting", ({ waiting }) => waiting.length > 0);
    this.tell("ended", ({ state, tracePath }) => state !== "running" && tracePath !== null);
    this.tell("resumable", ({ state, tracePath }) => !["running", "success"].includes(state) && tracePath !== null);
    void vscode.commands.executeCommand("setContext", "duckflux.hasRun", this.states.size > 0);
  }

  private tell(name: string, belongs: (run: RunState) => boolean): void {
    const paths = [...this.states].filter(([, run]) => belongs(run)).map(([uri]) => pathOf(uri));
    void vscode.commands.executeCommand("setContext", `duckflux.${name}`, paths);
  }
}

function pathOf(uri: string): string {
  return vscode.Uri.parse(uri).fsPath;
}
