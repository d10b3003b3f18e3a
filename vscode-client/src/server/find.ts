import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, delimiter, isAbsolute, join } from "node:path";
import * as vscode from "vscode";
import { selectedInterpreter } from "./interpreter";
import type { OwnServer } from "./own";
import { succeeds } from "./processes";

export interface ServerCommand {
  command: string;
  args: string[];
}

/**
 * The setting wins, then the selected Python interpreter, then PATH, then the extension's own.
 * `TransportKind.stdio` adds `--stdio`.
 */
export async function findServer(own: OwnServer): Promise<ServerCommand | undefined> {
  const python = fromSetting() ?? (await fromInterpreter()) ?? (await fromPath());
  if (python) return python;
  const ours = await own.python();
  return ours === undefined ? undefined : asModule(ours);
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
  const python = await selectedInterpreter();
  if (!python || !(await succeeds(python, ["-P", "-c", "import duckflux_ls"]))) return undefined;
  return asModule(python);
}

/** A relative folder on PATH would be one of the workspace. */
async function fromPath(): Promise<ServerCommand | undefined> {
  const name = process.platform === "win32" ? "duckflux-ls.exe" : "duckflux-ls";
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(isAbsolute);
  for (const command of folders.map((folder) => join(folder, name))) {
    const found = await access(command, constants.X_OK).then(() => true, () => false);
    if (found) return { command, args: [] };
  }
  return undefined;
}

/** `-P` keeps the workspace folder off the module path: a folder named duckflux_ls must not run as the server. */
function asModule(python: string): ServerCommand {
  return { command: python, args: ["-P", "-m", "duckflux_ls"] };
}
