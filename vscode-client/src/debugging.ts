import { dirname, join } from "node:path";
import * as vscode from "vscode";
import type { Connection } from "./connection";
import { ask } from "./requests";

const TYPE = "duckflux";
const ACTIVE_FILE = "${file}";
/** Values that are worth showing beside the lines that name them. */
const SHOWN = /\b(?:workflow\.inputs|execution\.context)\.\w+|\b\w+\.(?:output(?:\.\w+)*|status)\b|\b(?:loop|\w+)\.(?:index|iteration)\b/g;
const MAX_SHOWN = 60;

type How = "tryAgain" | "useOutput" | "skip" | "fail";

/** The debugger: how its adapter is started, what it debugs, and what can be done after a failure. */
export class Debugging implements vscode.Disposable {
  private readonly parts: vscode.Disposable[];

  constructor(private readonly connection: Connection) {
    this.parts = [
      vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, { createDebugAdapterDescriptor: () => this.adapter() }),
      vscode.debug.registerDebugConfigurationProvider(TYPE, {
        resolveDebugConfiguration: (_, configuration) => this.completed(configuration),
        resolveDebugConfigurationWithSubstitutedVariables: (_, configuration) => withTrace(configuration),
      }),
      vscode.debug.registerDebugAdapterTrackerFactory(TYPE, { createDebugAdapterTracker: track }),
      vscode.languages.registerInlineValuesProvider({ language: "duckflux" }, { provideInlineValues }),
      vscode.languages.registerEvaluatableExpressionProvider({ language: "duckflux" }, { provideEvaluatableExpression }),
    ];
  }

  dispose(): void {
    vscode.Disposable.from(...this.parts).dispose();
  }

  private async adapter(): Promise<vscode.DebugAdapterDescriptor> {
    if (!(await this.connection.ready())) throw new Error("The duckflux server, which has the debugger, does not run.");
    const { command, args } = await ask("debugAdapter", {});
    return new vscode.DebugAdapterExecutable(command, args);
  }

  /** Without a launch configuration, the workflow in the editor is debugged. */
  private completed(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration | undefined {
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showErrorMessage("duckflux: this workspace is not trusted, so nothing runs here.");
      return undefined;
    }
    if (configuration.type) return configuration;
    return { type: TYPE, request: "launch", name: "Debug workflow", program: ACTIVE_FILE };
  }
}

/** Debugs a workflow, as it is in its editor. */
export async function debugWorkflow(uri: vscode.Uri): Promise<void> {
  await vscode.workspace.save(uri);
  await start(uri, { name: "Debug workflow", program: uri.fsPath });
}

/** Walks through the trace of a run: nothing is executed. */
export async function debugTrace(uri: vscode.Uri, trace: string): Promise<void> {
  await start(uri, { name: "Debug trace", program: uri.fsPath, trace });
}

/** Debugs a test; gives whether it was started. */
export function debugTest(uri: vscode.Uri, test: string): Promise<boolean> {
  return start(uri, { name: `Debug ${test}`, program: uri.fsPath, test });
}

async function start(uri: vscode.Uri, options: { name: string; program: string; trace?: string; test?: string }): Promise<boolean> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  return vscode.debug.startDebugging(folder, { type: TYPE, request: "launch", ...options });
}

/** Results stay on the lines of a workflow after it was debugged: its trace is written where those of runs are. */
function withTrace(configuration: vscode.DebugConfiguration): vscode.DebugConfiguration {
  const { request, program, traceDir, trace, test, noDebug } = configuration as Record<string, unknown>;
  if (request !== "launch" || typeof program !== "string" || traceDir !== undefined || trace || test || noDebug) {
    return configuration;
  }
  return { ...configuration, traceDir: join(dirname(program), ".duckflux", "traces") };
}

/** Asks what to do after a failure. The server shows the results of the run by itself, as of every live run. */
function track(session: vscode.DebugSession): vscode.DebugAdapterTracker {
  return {
    onDidSendMessage: ({ type, event, body }: Message) => {
      if (type !== "event" || event !== "stopped" || body?.reason !== "exception" || session.configuration["trace"]) return;
      void offer(session, body.text ?? "", body.threadId);
    },
  };
}

interface Message {
  type: string;
  event?: string;
  body?: { reason?: string; text?: string; threadId?: number };
}

const OFFERS: Record<string, [How, boolean]> = {
  "Try Again": ["tryAgain", false],
  "Try Again as Edited": ["tryAgain", true],
  "Use Output…": ["useOutput", false],
  Skip: ["skip", false],
};

async function offer(session: vscode.DebugSession, failure: string, thread: number | undefined): Promise<void> {
  const line = failure.split("\n")[0] ?? "";
  const chosen = await vscode.window.showWarningMessage(`duckflux: a step has failed: ${line}`, ...Object.keys(OFFERS));
  const offered = chosen === undefined ? undefined : OFFERS[chosen];
  if (offered) await recover(...offered, session, thread);
}

/** Goes on after the failure that a thread is stopped at. */
export async function recover(how: How, edited = false, chosen?: vscode.DebugSession, stopped?: number): Promise<void> {
  const session = chosen ?? vscode.debug.activeDebugSession;
  const threadId = stopped ?? vscode.debug.activeStackItem?.threadId;
  if (session?.type !== TYPE || threadId === undefined) {
    void vscode.window.showInformationMessage("duckflux: no step has failed in the debugger.");
    return;
  }
  const output = how === "useOutput" ? await askOutput() : undefined;
  if (how === "useOutput" && output === undefined) return;
  const text = edited ? await editedText(session, threadId) : undefined;
  try {
    await session.customRequest("recover", { threadId, how, text, output });
  } catch (error) {
    void vscode.window.showErrorMessage(`duckflux: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function askOutput(): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    title: "Output of the failed step",
    prompt: "A CEL expression, such as \"done\" or {\"count\": 3}",
    ignoreFocusOut: true,
  });
}

/** The text of the file that a thread is in, as it is in the editor now. */
async function editedText(session: vscode.DebugSession, threadId: number): Promise<string | undefined> {
  const answer = (await session.customRequest("stackTrace", { threadId, levels: 1 })) as {
    stackFrames: { source: { path: string } }[];
  };
  const path = answer.stackFrames[0]?.source.path;
  return path === undefined ? undefined : (await vscode.workspace.openTextDocument(path)).getText();
}

/** What the debugger's hover evaluates: the part of an expression under the mouse, where others take a word. */
async function provideEvaluatableExpression(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.EvaluatableExpression | undefined> {
  const session = vscode.debug.activeDebugSession;
  if (session && !wantsValues(session, document)) return undefined;
  const found = await ask("evaluatable", { uri: document.uri.toString(), position });
  if (!found) return undefined;
  const { start, end } = found.range;
  return new vscode.EvaluatableExpression(new vscode.Range(start.line, start.character, end.line, end.character), found.expression);
}

/** Shows beside each line up to where a thread is stopped what the names in it stand for. */
async function provideInlineValues(
  document: vscode.TextDocument,
  viewPort: vscode.Range,
  context: vscode.InlineValueContext,
): Promise<vscode.InlineValue[]> {
  const session = vscode.debug.activeDebugSession;
  if (session?.type !== TYPE || !wantsValues(session, document)) return [];
  const last = Math.min(viewPort.end.line, context.stoppedLocation.end.line, document.lineCount - 1);
  const found: { range: vscode.Range; expression: string }[] = [];
  for (let line = viewPort.start.line; line <= last && found.length < MAX_SHOWN; line++) {
    for (const match of document.lineAt(line).text.matchAll(SHOWN)) {
      const range = new vscode.Range(line, match.index, line, match.index + match[0].length);
      found.push({ range, expression: match[0] });
    }
  }
  const expressions = [...new Set(found.map(({ expression }) => expression))];
  const answers = await Promise.all(expressions.map((expression) => valueOf(session, expression, context.frameId)));
  const values = new Map(expressions.map((expression, index) => [expression, answers[index]]));
  return found.flatMap(({ range, expression }) => {
    const value = values.get(expression);
    return value === undefined ? [] : [new vscode.InlineValueText(range, `${expression} = ${value}`)];
  });
}

/** The values of a trace that is walked are recorded ones, which a setting keeps out of the text. */
function wantsValues(session: vscode.DebugSession, document: vscode.TextDocument): boolean {
  return !session.configuration["trace"] || vscode.workspace.getConfiguration("duckflux", document).get("trace.values", true);
}

/** What can't be evaluated yet is not shown. */
async function valueOf(session: vscode.DebugSession, expression: string, frameId: number): Promise<string | undefined> {
  try {
    const answer = (await session.customRequest("evaluate", { expression, frameId, context: "watch" })) as { result: string };
    return answer.result;
  } catch {
    return undefined;
  }
}
