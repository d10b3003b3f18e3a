import * as vscode from "vscode";
import type { Connection } from "./connection";
import { startOf } from "./comparisons";
import type { InvalidWorkflows } from "./invalidWorkflows";
import { ask, type State, type Trace } from "./requests";
import type { Runs } from "./runs";

const ICONS: Record<State, vscode.ThemeIcon> = {
  running: new vscode.ThemeIcon("sync~spin"),
  success: new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed")),
  failure: new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed")),
  cancelled: new vscode.ThemeIcon("circle-slash", new vscode.ThemeColor("testing.iconSkipped")),
  interrupted: new vscode.ThemeIcon("debug-disconnect"),
};

export interface WorkflowNode {
  kind: "workflow";
  uri: vscode.Uri;
}

export interface TraceNode {
  kind: "trace";
  uri: vscode.Uri;
  trace: Trace;
}

type Node = WorkflowNode | TraceNode;

/** The workspace's workflows, each with the traces of its runs. */
export class WorkflowsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly nodes = new Map<string, WorkflowNode>();
  private readonly listening: vscode.Disposable[];

  constructor(
    private readonly connection: Connection,
    private readonly runs: Runs,
    private readonly invalid: InvalidWorkflows,
  ) {
    const refresh = () => {
      this.refresh();
    };
    this.listening = [
      connection.onDidStart(refresh),
      connection.onDidChangeWorkflows(refresh),
      runs.onDidBeginOrEnd(({ uri }) => {
        this.changed.fire(this.nodes.get(vscode.Uri.parse(uri).toString()));
      }),
      invalid.onDidChange((uri) => {
        const node = this.nodes.get(uri.toString());
        if (node) this.changed.fire(node);
      }),
      vscode.window.createTreeView("duckflux.workflows", { treeDataProvider: this, showCollapseAll: true }),
    ];
  }

  refresh(): void {
    this.changed.fire(undefined);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node.kind === "workflow" ? this.workflowItem(node) : traceItem(node);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!this.connection.isRunning || node?.kind === "trace") return [];
    if (!node) return this.workflows();
    const traces = await ask("traces", { uri: node.uri.toString() });
    return traces.map((trace) => ({ kind: "trace", uri: node.uri, trace }));
  }

  dispose(): void {
    vscode.Disposable.from(this.changed, ...this.listening).dispose();
  }

  private async workflows(): Promise<WorkflowNode[]> {
    const found = await ask("workflows", {});
    this.nodes.clear();
    for (const { uri } of found) {
      const node: WorkflowNode = { kind: "workflow", uri: vscode.Uri.parse(uri) };
      this.nodes.set(node.uri.toString(), node);
    }
    return [...this.nodes.values()].sort((one, other) => relativePath(one).localeCompare(relativePath(other)));
  }

  private workflowItem({ uri }: WorkflowNode): vscode.TreeItem {
    const run = this.runs.of(uri);
    const item = new vscode.TreeItem(uri, vscode.TreeItemCollapsibleState.Collapsed);
    const path = relativePath({ kind: "workflow", uri });
    item.id = uri.toString();
    item.description = run ? (run.state === "running" ? "running" : run.summary) : path.slice(0, Math.max(0, path.lastIndexOf("/")));
    item.iconPath = run ? ICONS[run.state] : new vscode.ThemeIcon("list-tree");
    item.contextValue = run?.state === "running" ? "workflow.running" : this.invalid.has(uri) ? "workflow.invalid" : "workflow";
    item.command = { command: "vscode.open", title: "Open", arguments: [uri] };
    return item;
  }
}

function relativePath({ uri }: WorkflowNode): string {
  return vscode.workspace.asRelativePath(uri);
}

function traceItem(node: TraceNode): vscode.TreeItem {
  const { trace } = node;
  const item = new vscode.TreeItem(startOf(trace));
  item.id = `${node.uri.toString()} ${trace.tracePath}`;
  item.description = trace.state === "success" ? trace.duration : [trace.state, trace.duration].filter(Boolean).join(" · ");
  item.tooltip = trace.error ? `${trace.state}: ${trace.error}` : trace.state;
  item.iconPath = ICONS[trace.state];
  item.contextValue = contextOf(trace);
  item.command = { command: "duckflux.openTracePage", title: "Show the Trace", arguments: [node] };
  return item;
}

/** Menus offer what is possible with a run. */
function contextOf({ state }: Trace): string {
  if (state === "running") return "trace.running";
  return state === "success" ? "trace.succeeded" : "trace.resumable";
}
