import * as vscode from "vscode";
import { registerCommands } from "./commands";
import { Connection } from "./connection";
import { Comparisons } from "./comparisons";
import { Debugging } from "./debugging";
import { FlowDiagrams } from "./flowDiagrams";
import { keepIndentation } from "./indentation";
import { InvalidWorkflows } from "./invalidWorkflows";
import { ResultColors } from "./resultColors";
import { RunOutput } from "./runOutput";
import { Runs } from "./runs";
import { onDidChangeInterpreter } from "./server/interpreter";
import { OwnServer } from "./server/own";
import { StepOutput } from "./stepOutput";
import { StatusBar } from "./statusBar";
import { Tests } from "./tests";
import { TracePages } from "./tracePages";
import { tellOfWaits } from "./waits";
import { WorkflowsView } from "./workflowsView";

let connection: Connection | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("duckflux", { log: true });
  const runs = new Runs();
  const output = new RunOutput();
  const own = new OwnServer(context, log);
  const colors = new ResultColors();
  const current = (connection = new Connection(log, own, runs, output, colors));
  const pages = new TracePages(runs);
  const diagrams = new FlowDiagrams(runs);
  const stepOutput = new StepOutput(runs);
  const comparisons = new Comparisons();
  const invalid = new InvalidWorkflows();
  const workflows = new WorkflowsView(current, runs, invalid);
  const watchInterpreter = async () => {
    context.subscriptions.push(await onDidChangeInterpreter(() => current.restart()));
  };
  context.subscriptions.push(
    log,
    runs,
    output,
    colors,
    comparisons,
    diagrams,
    invalid,
    pages,
    stepOutput,
    workflows,
    new StatusBar(runs),
    new Tests(current),
    new Debugging(current),
    keepIndentation(),
    tellOfWaits(runs),
    ...registerCommands({ comparisons, connection: current, diagrams, log, own, output, pages, runs, stepOutput, workflows }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => Promise.all([current.trust(), watchInterpreter()])),
    vscode.workspace.onDidChangeConfiguration((event) =>
      event.affectsConfiguration("duckflux.server.path") ? current.restart() : undefined,
    ),
  );
  await current.restart();
  await watchInterpreter();
}

export function deactivate(): Promise<void> | undefined {
  return connection?.stop();
}
