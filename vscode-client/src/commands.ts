import { dirname } from "node:path";
import * as vscode from "vscode";
import type { Connection } from "./connection";
import { ask } from "./requests";
import type { RunOutput } from "./runOutput";
import type { Runs } from "./runs";
import { installServer } from "./server/install";
import type { OwnServer } from "./server/own";
import type { TracePages } from "./tracePages";
import type { TraceNode, WorkflowNode, WorkflowsView } from "./workflowsView";

interface Parts {
  connection: Connection;
  log: vscode.LogOutputChannel;
  output: RunOutput;
  own: OwnServer;
  pages: TracePages;
  runs: Runs;
  workflows: WorkflowsView;
}

/**
 * What a command is about: a file (from an editor's title), a node of the view, or the active editor. The title of an
 * editor that was only just opened gives its group alone.
 */
type Target = vscode.Uri | WorkflowNode | TraceNode | { groupId: number } | undefined;

type Handler = (uri: vscode.Uri, trace: string | undefined) => unknown;

/** The palette's commands. The server's own commands, `duckflux.server.*`, are registered by the language client. */
export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { connection, log, output, own, pages, runs, workflows } = parts;
  const onWorkflow: Record<string, Handler> = {
    run: (uri) => run(uri),
    runWithInputs: (uri) => run(uri, "all"),
    cancel: (uri) => ask("cancel", { uri: uri.toString() }),
    resume: (uri, trace) => again("resume", uri, trace),
    replay: (uri, trace) => again("replay", uri, trace),
    runFrom: (uri) => runFrom(uri),
    runUntil: (uri) => ask("runUntil", atCursor(uri)),
    showTracePage: (uri, trace) => withTrace(uri, trace, (path) => pages.show(path)),
    openTrace: (uri, trace) =>
      withTrace(uri, trace, (path) => vscode.window.showTextDocument(vscode.Uri.file(path))),
    showTrace: (uri, trace) => showOnLines(uri, trace),
  };
  const others: Record<string, () => unknown> = {
    showOutput: () => { output.show(); },
    refreshWorkflows: () => { workflows.refresh(); },
    newWorkflow,
    installServer: () => installServer(own, connection),
    restart: () => connection.restart(),
    showServerLog: () => { log.show(); },
  };
  return [
    ...Object.entries(onWorkflow).map(([name, handler]) =>
      vscode.commands.registerCommand(`duckflux.${name}`, async (target: Target) => {
        const { uri, trace } = resolve(target);
        if (!uri) void vscode.window.showInformationMessage("duckflux: open a workflow first.");
        else if (await connection.ready()) await handler(uri, trace);
      }),
    ),
    ...Object.entries(others).map(([name, handler]) => vscode.commands.registerCommand(`duckflux.${name}`, handler)),
    runs.onDidBeginOrEnd(({ state }) => {
      const wanted = vscode.workspace.getConfiguration("duckflux").get<string>("run.showOutput");
      if (wanted === "always" || (wanted === "onFailure" && state === "failure")) output.show();
    }),
  ];
}

function resolve(target: Target): { uri: vscode.Uri | undefined; trace: string | undefined } {
  if (target instanceof vscode.Uri) return { uri: target, trace: undefined };
  if (target && "uri" in target) return { uri: target.uri, trace: target.kind === "trace" ? target.trace.tracePath : undefined };
  return { uri: vscode.window.activeTextEditor?.document.uri, trace: undefined };
}

/** The server runs what is open in the editor. */
async function open(uri: vscode.Uri): Promise<void> {
  const isShown = vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === uri.toString());
  if (!isShown) await vscode.window.showTextDocument(uri);
}

/** Steps run relative to the workflow's folder, so a new one is saved first. */
async function run(target: vscode.Uri, all?: "all"): Promise<void> {
  const uri = target.scheme === "untitled" ? await vscode.workspace.save(target) : target;
  if (!uri) return;
  await open(uri);
  await ask("run", { uri: uri.toString(), ...(all && { ask: all }) });
}

async function again(command: "resume" | "replay", uri: vscode.Uri, trace: string | undefined): Promise<void> {
  await open(uri);
  if (await hasRun(uri, trace)) await ask(command, { uri: uri.toString() });
}

async function runFrom(uri: vscode.Uri): Promise<void> {
  const here = atCursor(uri);
  if (await hasRun(uri)) await ask("runFrom", here);
}

/** Whether there is a run to build on: the chosen trace, the last run, or the newest trace, as after a restart. */
async function hasRun(uri: vscode.Uri, chosen?: string): Promise<boolean> {
  const last = await lastTrace(uri);
  const tracePath = chosen ?? last ?? (await newestTrace(uri));
  if (tracePath === undefined) return sayThereIsNone();
  if (tracePath === last) return true;
  return (await ask("showTrace", { uri: uri.toString(), tracePath })).executionId !== null;
}

function atCursor(uri: vscode.Uri): { uri: string; position: vscode.Position } {
  const position = vscode.window.activeTextEditor?.selection.active ?? new vscode.Position(0, 0);
  return { uri: uri.toString(), position };
}

/** The trace that was chosen, else that of the last run here, else the newest there is. */
async function withTrace(uri: vscode.Uri, chosen: string | undefined, use: (path: string) => unknown): Promise<void> {
  const path = chosen ?? (await lastTrace(uri)) ?? (await newestTrace(uri));
  if (path) await use(path);
  else sayThereIsNone();
}

function sayThereIsNone(): false {
  void vscode.window.showInformationMessage("duckflux: this workflow has no trace yet. Run it first.");
  return false;
}

async function newestTrace(uri: vscode.Uri): Promise<string | undefined> {
  return (await ask("traces", { uri: uri.toString() }))[0]?.tracePath;
}

async function lastTrace(uri: vscode.Uri): Promise<string | undefined> {
  return (await ask("lastTrace", { uri: uri.toString() })).tracePath ?? undefined;
}

/** Puts the results of a trace on the lines of its workflow: a trace of the view, or any file. */
async function showOnLines(uri: vscode.Uri, trace: string | undefined): Promise<void> {
  await open(uri);
  const tracePath = trace ?? (await chooseTrace(uri));
  if (tracePath) await ask("showTrace", { uri: uri.toString(), tracePath });
}

async function chooseTrace(uri: vscode.Uri): Promise<string | undefined> {
  const last = await lastTrace(uri);
  const chosen = await vscode.window.showOpenDialog({
    title: "Trace to show on this workflow",
    openLabel: "Show",
    filters: { Traces: ["json", "txt", "sqlite"] },
    defaultUri: vscode.Uri.file(dirname(last ?? uri.fsPath)),
  });
  return chosen?.[0]?.fsPath;
}

/** Opens an unsaved workflow, named but not yet written, with the snippet for a whole one. */
async function newWorkflow(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const document = folder
    ? await vscode.workspace.openTextDocument((await freeName(folder)).with({ scheme: "untitled" }))
    : await vscode.workspace.openTextDocument({ language: "duckflux" });
  await vscode.window.showTextDocument(document);
  await vscode.commands.executeCommand("editor.action.insertSnippet", { langId: "duckflux", name: "Workflow" });
}

/** Returns the first of workflow.duck.yaml, workflow-2.duck.yaml, ... that neither exists nor is open. */
async function freeName(folder: vscode.Uri): Promise<vscode.Uri> {
  const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.path));
  for (let number = 1; ; number++) {
    const uri = vscode.Uri.joinPath(folder, `workflow${number > 1 ? `-${String(number)}` : ""}.duck.yaml`);
    if (!open.has(uri.path) && !(await exists(uri))) return uri;
  }
}

function exists(uri: vscode.Uri): Thenable<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}
