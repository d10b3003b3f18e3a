import * as vscode from "vscode";
import type { Connection } from "./connection";
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
    ];
    this.controller.refreshHandler = () => this.readAll();
    this.controller.createRunProfile(
      "Run",
      vscode.TestRunProfileKind.Run,
      (request, token) => this.run(request, token),
      true,
    );
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

  private async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const run = this.controller.createTestRun(request);
    const asked = request.include ?? [...this.controller.items].map(([, file]) => file);
    const files = new Set(asked.map((test) => test.parent ?? test).filter((test) => !request.exclude?.includes(test)));
    for (const file of files) {
      if (!token.isCancellationRequested) await runFile(run, file);
    }
    run.end();
  }
}

async function runFile(run: vscode.TestRun, file: vscode.TestItem): Promise<void> {
  if (!file.uri) return;
  await vscode.workspace.save(file.uri);
  const tests = [...file.children].map(([, test]) => test);
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
