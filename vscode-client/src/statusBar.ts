import * as vscode from "vscode";
import { fileName } from "./names";
import type { RunState, State } from "./requests";
import type { Runs } from "./runs";

const ICONS: Record<State, string> = {
  running: "$(sync~spin)",
  success: "$(check)",
  failure: "$(error)",
  cancelled: "$(circle-slash)",
  interrupted: "$(debug-disconnect)",
};

/** The last run of the workflow in the active editor. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("duckflux.run", vscode.StatusBarAlignment.Left);
  private uri: vscode.Uri | undefined;
  private readonly listening: vscode.Disposable[];

  constructor(private readonly runs: Runs) {
    this.item.name = "duckflux: last run";
    const update = () => {
      this.update();
    };
    this.listening = [vscode.window.onDidChangeActiveTextEditor(update), runs.onDidChange(update)];
  }

  dispose(): void {
    vscode.Disposable.from(this.item, ...this.listening).dispose();
  }

  private update(): void {
    // The page of a trace is not text, an output channel not a file: the workflow beside it stays the one.
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri && uri.scheme !== "output") this.uri = uri;
    const run = this.uri && this.runs.of(this.uri);
    if (!run) {
      this.item.hide();
      return;
    }
    const name = fileName(run.uri);
    this.item.text = `${ICONS[run.state]} ${describe(run)}`;
    this.item.tooltip = run.state === "running" ? `${name} is running: show what it prints` : `${name}: show the trace`;
    this.item.command = run.state === "running" ? "duckflux.showOutput" : "duckflux.showTracePage";
    if (run.state !== "running" && run.tracePath === null) {
      this.item.tooltip = `${name} did not start: ${run.summary}`;
      this.item.command = undefined;
    }
    this.item.backgroundColor =
      run.state === "failure" ? new vscode.ThemeColor("statusBarItem.errorBackground") : undefined;
    this.item.show();
  }
}

function describe(run: RunState): string {
  return run.state === "running" ? run.current || "starting" : run.summary;
}
