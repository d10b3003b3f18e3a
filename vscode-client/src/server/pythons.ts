import { selectedInterpreter } from "./interpreter";
import { run } from "./processes";

const OLDEST = 11;
const NEWEST = 14;
// The real file: what `python3` stands for changes when the system is upgraded.
const SHOW = "import os, sys; print(os.path.realpath(sys.executable)); print(*sys.version_info[:2])";

export interface Python {
  path: string;
  /** Of Python 3: 13 for 3.13. */
  minor: number;
}

/** Pythons that the server can run in, the one selected in the editor first. */
export async function* pythons(): AsyncGenerator<Python> {
  const selected = await selectedInterpreter();
  const candidates: [string, ...string[]][] = selected ? [[selected]] : [];
  if (process.platform === "win32") candidates.push(["py", "-3"]);
  candidates.push(["python3"], ["python"]);
  for (let minor = NEWEST; minor >= OLDEST; minor--) candidates.push([`python3.${String(minor)}`]);
  for (const [command, ...args] of candidates) {
    const found = await look(command, args);
    if (found) yield found;
  }
}

async function look(command: string, args: string[]): Promise<Python | undefined> {
  const shown = await run(command, [...args, "-I", "-c", SHOW]).catch(() => "");
  const [path, version] = shown.split("\n");
  const [major, minor] = (version ?? "").split(" ").map(Number);
  return path && major === 3 && minor !== undefined && minor >= OLDEST ? { path, minor } : undefined;
}
