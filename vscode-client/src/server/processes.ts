import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { createInterface } from "node:readline";

const KEPT_LINES = 12;

export class CommandFailed extends Error {}

/**
 * Runs a command to its end and returns what it wrote to stdout. Throws CommandFailed with the end of what it said
 * when it fails or is cancelled. Never runs in a folder of the workspace.
 */
export function run(
  command: string,
  args: string[],
  { onLine, signal }: { onLine?: (line: string) => void; signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: homedir(), stdio: ["ignore", "pipe", "pipe"], signal });
    const written: string[] = [];
    const said: string[] = [];
    const take = (line: string) => {
      said.push(line);
      if (said.length > KEPT_LINES) said.shift();
      onLine?.(line);
    };
    createInterface({ input: child.stdout }).on("line", (line) => {
      written.push(line);
      take(line);
    });
    createInterface({ input: child.stderr }).on("line", take);
    child.on("error", (error) => {
      reject(new CommandFailed(`${command}: ${error.message}`));
    });
    child.on("close", (code) => {
      if (code === 0) resolve(written.join("\n"));
      else reject(new CommandFailed(`${[command, ...args].join(" ")} ended with ${String(code)}:\n${said.join("\n")}`));
    });
  });
}

export function succeeds(command: string, args: string[]): Promise<boolean> {
  return run(command, args).then(() => true, () => false);
}
