import { dirname } from "node:path";
import * as vscode from "vscode";
import { chooseRun, compareOnLines, startOf, type Comparisons } from "./comparisons";
import type { Connection } from "./connection";
import { debugTrace, debugWorkflow, recover } from "./debugging";
import { evaluate } from "./evaluation";
import { exists } from "./files";
import type { FlowDiagrams } from "./flowDiagrams";
import { ask, type Trace } from "./requests";
import type { RunOutput } from "./runOutput";
import type { Runs } from "./runs";
import { openScratch } from "./scratch";
import { installServer } from "./server/install";
import type { OwnServer } from "./server/own";
import type { PrintingStep, StepOutput } from "./stepOutput";
import type { TracePages } from "./tracePages";
import { showTraceText } from "./traceTexts";
import type { TraceNode, WorkflowNode, WorkflowsView } from "./workflowsView";

interface Parts {
  comparisons: Comparisons;
  connection: Connection;
  diagrams: FlowDiagrams;
  log: vscode.LogOutputChannel;
  output: RunOutput;
  own: OwnServer;
  pages: TracePages;
  runs: Runs;
  stepOutput: StepOutput;
  workflows: WorkflowsView;
}

/**
 * What a command is about: a file (from an editor's title), a workflow of the view, or the active editor. The title of an
 * editor that was only just opened gives its group alone, a lens a URI as text.
 */
type Target = vscode.Uri | string | WorkflowNode | { groupId: number } | undefined;

type Handler = (uri: vscode.Uri) => unknown;

/** The palette's commands. The server's own commands, `duckflux.server.*`, are registered by the language client. */
export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { comparisons, connection, diagrams, log, output, own, pages, runs, stepOutput, workflows } = parts;
  const onWorkflow: Record<string, Handler> = {
    run: (uri) => run(uri),
    debug: (uri) => debugWorkflow(uri),
    runWithInputs: (uri) => run(uri, "all"),
    cancel: (uri) => ask("cancel", { uri: uri.toString() }),
    answer: (uri) => ask("answer", atCursor(uri)),
    resume: (uri) => again("resume", uri),
    replay: (uri) => again("replay", uri),
    runFrom: (uri) => runFrom(uri),
    runUntil: (uri) => ask("runUntil", atCursor(uri)),
    showDiagram: (uri) => showDiagram(diagrams, uri),
    showTracePage: (uri) => withLastTrace(uri, (path) => pages.show(path)),
    openTrace: (uri) => withLastTrace(uri, openFile),
    showTrace: (uri) => showOnLines(uri, undefined),
    compareRuns: (uri) => compareRuns(uri),
    showComparedRuns: (uri) => pages.showCompared(uri),
    stopComparing: (uri) => ask("stopComparing", { uri: uri.toString() }),
    evaluate: (uri) => evaluate(uri),
    openScratch: (uri) => openScratch(uri),
  };
  const onTrace: Record<string, (node: TraceNode) => unknown> = {
    openTracePage: ({ trace }) => pages.show(trace.tracePath),
    openTraceText: ({ uri, trace }) => showTraceText(uri, trace),
    openTraceFile: ({ trace }) => openFile(trace.tracePath),
    showTraceOnLines: ({ uri, trace }) => showOnLines(uri, trace.tracePath),
    debugTrace: ({ uri, trace }) => debugTrace(uri, trace.tracePath),
    resumeTrace: ({ uri, trace }) => again("resume", uri, trace.tracePath),
    replayTrace: ({ uri, trace }) => again("replay", uri, trace.tracePath),
    compareTrace: (node) => compareWithNewest(comparisons, node),
    compareWith: ({ uri, trace }) => compareRuns(uri, trace),
    deleteTrace: async (node) => {
      if (!(await confirmedDelete(node))) return;
      pages.close(node.trace.tracePath);
      runs.forget(node.trace.tracePath);
      workflows.refresh();
    },
  };
  const others: Record<string, () => unknown> = {
    tryAgain: () => recover("tryAgain"),
    tryAgainAsEdited: () => recover("tryAgain", true),
    useOutput: () => recover("useOutput"),
    skipFailed: () => recover("skip"),
    letFail: () => recover("fail"),
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
        const uri = workflowOf(target);
        if (!uri) void vscode.window.showInformationMessage("duckflux: open a workflow first.");
        else if (await connection.ready()) await handler(uri);
      }),
    ),
    ...Object.entries(onTrace).map(([name, handler]) =>
      vscode.commands.registerCommand(`duckflux.${name}`, async (node: TraceNode) => {
        if (await connection.ready()) await handler(node);
      }),
    ),
    ...Object.entries(others).map(([name, handler]) => vscode.commands.registerCommand(`duckflux.${name}`, handler)),
    vscode.commands.registerCommand("duckflux.showStepOutput", async (step: PrintingStep) => {
      if (await connection.ready()) await stepOutput.show(step);
    }),
    runs.onDidBeginOrEnd(({ state, restored }) => {
      if (restored) return;
      const wanted = vscode.workspace.getConfiguration("duckflux").get<string>("run.showOutput");
      if (wanted === "always" || (wanted === "onFailure" && state === "failure")) output.show();
    }),
  ];
}

function workflowOf(target: Target): vscode.Uri | undefined {
  if (target instanceof vscode.Uri) return target;
  if (typeof target === "string") return vscode.Uri.parse(target);
  return target && "uri" in target ? target.uri : vscode.window.activeTextEditor?.document.uri;
}

/** The server runs what is open in the editor. */
async function open(uri: vscode.Uri): Promise<void> {
  const isShown = vscode.window.visibleTextEditors.some(({ document }) => document.uri.toString() === uri.toString());
  if (!isShown) await vscode.window.showTextDocument(uri);
}

async function showDiagram(diagrams: FlowDiagrams, uri: vscode.Uri): Promise<void> {
  await open(uri);
  await diagrams.show(uri);
}

/** Steps run relative to the workflow's folder, so a new one is saved first. */
async function run(target: vscode.Uri, all?: "all"): Promise<void> {
  const uri = target.scheme === "untitled" ? await vscode.workspace.save(target) : target;
  if (!uri) return;
  await open(uri);
  await ask("run", { uri: uri.toString(), ...(all && { ask: all }) });
}

/** Builds on the last run, or on the one whose trace was chosen. */
async function again(command: "resume" | "replay", uri: vscode.Uri, chosen?: string): Promise<void> {
  await open(uri);
  const last = chosen === undefined ? undefined : await lastTrace(uri);
  if (chosen !== undefined && chosen !== last) {
    const { executionId } = await ask("showTrace", { uri: uri.toString(), tracePath: chosen });
    if (executionId === null) return;
  }
  tellWalkthrough();
  await ask(command, { uri: uri.toString() });
}

async function runFrom(uri: vscode.Uri): Promise<void> {
  tellWalkthrough();
  await ask("runFrom", atCursor(uri));
}

/** The last step of the walkthrough is done. */
function tellWalkthrough(): void {
  void vscode.commands.executeCommand("setContext", "duckflux.hasContinued", true);
}

function atCursor(uri: vscode.Uri): { uri: string; position: vscode.Position } {
  const position = vscode.window.activeTextEditor?.selection.active ?? new vscode.Position(0, 0);
  return { uri: uri.toString(), position };
}

async function withLastTrace(uri: vscode.Uri, use: (path: string) => unknown): Promise<void> {
  const path = await lastTrace(uri);
  if (path !== undefined) await use(path);
  else void vscode.window.showInformationMessage("duckflux: this workflow has no trace yet. Run it first.");
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

function openFile(path: string): Thenable<vscode.TextEditor> {
  return vscode.window.showTextDocument(vscode.Uri.file(path));
}

async function compareWithNewest(comparisons: Comparisons, { uri, trace }: TraceNode): Promise<void> {
  const [newest] = await ask("traces", { uri: uri.toString() });
  if (newest && newest.tracePath !== trace.tracePath) await comparisons.show(trace, newest);
  else void vscode.window.showInformationMessage("duckflux: this is the newest run. Choose an older one to compare with it.");
}

/** Compares two runs on the lines: one, or both, are asked for. */
async function compareRuns(uri: vscode.Uri, chosen?: Trace): Promise<void> {
  const one = chosen ?? (await chooseRun(uri, "One of the runs to compare"));
  const other = one && (await chooseRun(uri, `The run to compare with that of ${startOf(one)}`, one));
  if (!other) return;
  await open(uri);
  await compareOnLines(uri, [one, other]);
}

/** Deletes a trace if the user says so again. */
async function confirmedDelete({ trace }: TraceNode): Promise<boolean> {
  const question = `Delete the trace of the run of ${startOf(trace)}?`;
  const detail = "The run can't be shown, compared or resumed then.";
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, "Delete");
  return answer === "Delete" && (await ask("removeTrace", { tracePath: trace.tracePath }));
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
