import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";

export interface ServerCommand {
  command: string;
  args: string[];
}

/** The part of the Python extension's interface that is used here. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(): unknown;
    resolveEnvironment(path: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** The setting wins, then the selected Python interpreter, then PATH. `TransportKind.stdio` adds `--stdio`. */
export async function findServer(): Promise<ServerCommand | undefined> {
  return fromSetting() ?? (await fromInterpreter()) ?? (await fromPath());
}

export async function reportMissingServer(): Promise<void> {
  const settings = "Open Settings";
  const retry = "Try Again";
  const answer = await vscode.window.showErrorMessage(
    "duckflux: no language server found. Install it with `pip install duckflux-ls`, " +
      "or set `duckflux.server.path` to a `duckflux-ls` command or to a Python interpreter that has it.",
    settings,
    retry,
  );
  if (answer === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "duckflux.server.path");
  if (answer === retry) await vscode.commands.executeCommand("duckflux.restart");
}

export async function onDidChangeInterpreter(listener: () => unknown): Promise<vscode.Disposable> {
  const python = await pythonApi();
  return python?.environments.onDidChangeActiveEnvironmentPath(listener) ?? new vscode.Disposable(() => undefined);
}

function fromSetting(): ServerCommand | undefined {
  const path = vscode.workspace.getConfiguration("duckflux").get("server.path", "").trim();
  if (!path) return undefined;
  const command = path
    .replace(/^~(?=$|[/\\])/, homedir())
    .replaceAll("${workspaceFolder}", vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "");
  return /^(python|pypy)[\d.]*(\.exe)?$/i.test(basename(command)) ? asModule(command) : { command, args: [] };
}

async function fromInterpreter(): Promise<ServerCommand | undefined> {
  const environments = (await pythonApi())?.environments;
  const environment = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath());
  const python = environment?.executable.uri?.fsPath;
  return python && (await hasServer(python)) ? asModule(python) : undefined;
}

/** A workspace that is not trusted must not choose the interpreter that runs. */
async function pythonApi(): Promise<PythonApi | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  return vscode.extensions.getExtension<PythonApi>("ms-python.python")?.activate();
}

/** `-P` keeps the workspace folder off the module path: a folder named duckflux_ls must not run as the server. */
function asModule(python: string): ServerCommand {
  return { command: python, args: ["-P", "-m", "duckflux_ls"] };
}

async function hasServer(python: string): Promise<boolean> {
  return promisify(execFile)(python, ["-P", "-c", "import duckflux_ls"]).then(
    () => true,
    () => false,
  );
}

async function fromPath(): Promise<ServerCommand | undefined> {
  const name = process.platform === "win32" ? "duckflux-ls.exe" : "duckflux-ls";
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  for (const command of folders.map((folder) => join(folder, name))) {
    const found = await access(command, constants.X_OK).then(() => true, () => false);
    if (found) return { command, args: [] };
  }
  return undefined;
}
