import * as vscode from "vscode";
import type { Connection } from "./connection";
import { debugTest } from "./debugging";
import { ask, type TestOutcome } from "./requests";

const FILES = "**/*.{ducktest.yaml,ducktest.yml}";

/** The tests of workflows in VS Code's own Test Explorer. The tests of a file run together. */
export class Tests implements vscode.Disposable {
  private readonly controller = vscode.tests.createTestController("duckflux", "duckflux");
  private readonly listening: vscode.Disposable[];

  constructor(private readonly connection: Connection) {
    const files = vscode.workspace.createFileSystemWatcher(FILES);
    const changed = (uri: vscode.Uri) => this.read(uri);
    this.listening = [
      files,
      files.onDidCreate(changed),
      files.onDidChange(changed),
      files.onDidDelete((uri) => {
        this.controller.items.delete(uri.toString());
      }),
      connection.onDidStart(() => this.readAll()),
      // Of a folder that appears with its files, VS Code reports only the folder; the server looks inside.
      connection.onDidChangeWorkflows(() => this.readAll()),
    ];
    this.controller.refreshHandler = () => this.readAll();
    this.controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.run(request, token),
      true,
    );
    this.controller.createRunProfile("Debug", vscode.TestRunProfileKind.Debug, (request) => this.debug(request), true);
  }

  dispose(): void {
    vscode.Disposable.from(this.controller, ...this.listening).dispose();
  }

  private async readAll(): Promise<void> {
    const found = await ask("testFiles", {});
    await Promise.all(found.map((uri) => this.read(vscode.Uri.parse(uri))));
  }

  private async read(uri: vscode.Uri): Promise<void> {
    if (!this.connection.isRunning) return;
    const file = this.controller.createTestItem(uri.toString(), vscode.workspace.asRelativePath(uri), uri);
    for (const { name, range } of await ask("tests", { uri: uri.toString() })) {
      const test = this.controller.createTestItem(name, name, uri);
      test.range = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
      file.children.add(test);
    }
    this.controller.items.add(file);
  }

  /** The files and tests that a request is for: all files if it names none. */
  private asked(request: vscode.TestRunRequest): readonly vscode.TestItem[] {
    return request.include ?? itemsOf(this.controller.items);
  }

  /** Debugs tests one after the other; what is not as expected is told in the debug console. */
  private async debug(request: vscode.TestRunRequest): Promise<void> {
    const tests = this.asked(request).flatMap((item) => (item.children.size > 0 ? itemsOf(item.children) : [item]));
    const run = this.controller.createTestRun(request);
    for (const test of tests.filter((item) => !request.exclude?.includes(item))) {
      run.started(test);
      tellDebugged(run, test, test.uri && (await debugged(test.uri, test.label)));
    }
    run.end();
  }

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    const files = new Set(this.asked(request).map((test) => test.parent ?? test).filter((test) => !request.exclude?.includes(test)));
    for (const file of files) {
      if (!token.isCancellationRequested) await runFile(run, file);
    }
    run.end();
  }
}

function itemsOf(items: vscode.TestItemCollection): vscode.TestItem[] {
  return [...items].map(([, item]) => item);
}

/** Gives the exit code of a debugged test, undefined if it was not started. */
async function debugged(uri: vscode.Uri, name: string): Promise<number | undefined> {
  await vscode.workspace.save(uri);
  let code: number | undefined;
  const ended = new Promise<void>((resolve) => {
    const ending = vscode.debug.onDidTerminateDebugSession((session) => {
      if (session.configuration["test"] !== name) return;
      vscode.Disposable.from(ending, tracking).dispose();
      resolve();
    });
    const tracking = vscode.debug.registerDebugAdapterTrackerFactory("duckflux", {
      createDebugAdapterTracker: (session) => ({
        onDidSendMessage: (message: { event?: string; body?: { exitCode?: number } }) => {
          if (session.configuration["test"] === name && message.event === "exited") code = message.body?.exitCode;
        },
      }),
    });
  });
  if (await debugTest(uri, name)) await ended;
  return code;
}

function tellDebugged(run: vscode.TestRun, test: vscode.TestItem, code: number | undefined): void {
  if (code === 0) run.passed(test);
  else if (code === undefined) run.skipped(test);
  else run.failed(test, new vscode.TestMessage("The debug console tells what is not as expected."));
}

async function runFile(run: vscode.TestRun, file: vscode.TestItem): Promise<void> {
  if (!file.uri) return;
  await vscode.workspace.save(file.uri);
  const tests = itemsOf(file.children);
  for (const test of tests) run.started(test);
  const { outcomes, message } = await ask("runTests", { uri: file.uri.toString() });
  const byName = new Map(outcomes.map((outcome) => [outcome.name, outcome]));
  if (message !== null) run.errored(file, new vscode.TestMessage(message));
  for (const test of tests) tell(run, test, byName.get(test.label));
}

function tell(run: vscode.TestRun, test: vscode.TestItem, outcome: TestOutcome | undefined): void {
  if (!outcome) {
    run.skipped(test);
    return;
  }
  const lines = [`${outcome.problem === null ? "✓" : "✗"} ${test.label}`, ...(outcome.problem ?? "").split("\n")];
  run.appendOutput(`${lines.join("\r\n").trimEnd()}\r\n`, undefined, test);
  if (outcome.problem === null) {
    run.passed(test, outcome.milliseconds);
  } else {
    const message = new vscode.TestMessage(outcome.problem);
    if (test.uri && test.range) message.location = new vscode.Location(test.uri, test.range);
    run.failed(test, message, outcome.milliseconds);
  }
}
