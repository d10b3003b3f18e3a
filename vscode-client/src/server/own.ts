import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import { run } from "./processes";
import { pythons, type Python } from "./pythons";

const MARKER = "made-for";
const PLACE = "import sysconfig; print(sysconfig.get_path('purelib'))";

export class NoPython extends Error {}

/**
 * The extension's own server, in a virtual environment of its own in the extension's storage.
 *
 * Where the packages that the server needs are bundled for this platform and Python, the environment only points to
 * them and is made unasked, without pip or network. Else pip installs the bundled server there, when asked to.
 */
export class OwnServer {
  private readonly folder: string;
  private readonly bundle: string;
  private readonly version: string;

  constructor(
    context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.folder = join(context.globalStorageUri.fsPath, "server");
    this.bundle = context.asAbsolutePath("bundled");
    this.version = (context.extension.packageJSON as { version: string }).version;
  }

  /** Its interpreter, if there is one or it can be made of what is bundled. */
  async python(): Promise<string | undefined> {
    if (await this.isMade()) return this.interpreter;
    const python = await this.bundledFor();
    if (!python) return undefined;
    this.log.info(`Making the bundled server ready for ${python.path}`);
    await this.fromBundle(python).catch(async (error: unknown) => {
      if (!(await this.isMade())) throw error;
    });
    return this.interpreter;
  }

  /** Makes it with pip. Throws NoPython or CommandFailed. */
  async install(report: (message: string) => void, signal: AbortSignal): Promise<void> {
    const python = await anyPython();
    if (!python) throw new NoPython("Python 3.11 or newer is needed. Install it, and try again.");
    const onLine = (line: string) => {
      this.log.info(line);
      report(line.trim().slice(0, 80));
    };
    await this.make(async (folder) => {
      report("making an environment");
      await run(python.path, ["-I", "-m", "venv", folder], { signal });
      report("installing packages");
      const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", await this.package()];
      await run(interpreterIn(folder), pip, { onLine, signal });
    });
  }

  private get interpreter(): string {
    return interpreterIn(this.folder);
  }

  /** Another version of the extension has another server, at another place. */
  private get made(): string {
    return `${this.version} ${this.bundle}`;
  }

  private async isMade(): Promise<boolean> {
    const made = await readFile(join(this.folder, MARKER), "utf8").catch(() => "");
    return made === this.made && existsSync(this.interpreter);
  }

  private async bundledFor(): Promise<Python | undefined> {
    if (!existsSync(join(this.bundle, "any"))) return undefined;
    for await (const python of pythons()) {
      if (existsSync(this.compiled(python))) return python;
    }
    return undefined;
  }

  private compiled({ minor }: Python): string {
    return join(this.bundle, `cp3${String(minor)}`);
  }

  /** The steps of a run inherit the server's variables, so the packages come by a path file, not by PYTHONPATH. */
  private fromBundle(python: Python): Promise<void> {
    return this.make(async (folder) => {
      await run(python.path, ["-I", "-m", "venv", "--without-pip", folder]);
      const packages = (await run(interpreterIn(folder), ["-I", "-c", PLACE])).trim();
      const bundled = [join(this.bundle, "any"), this.compiled(python)];
      await writeFile(join(packages, "duckflux-bundled.pth"), `${bundled.join("\n")}\n`);
    });
  }

  /** Makes it beside and puts it into its place when it is whole: other windows may look, or do the same. */
  private async make(build: (folder: string) => Promise<void>): Promise<void> {
    const folder = `${this.folder}-${randomUUID()}`;
    try {
      await build(folder);
      await writeFile(join(folder, MARKER), this.made);
      await rm(this.folder, { recursive: true, force: true });
      await rename(folder, this.folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** What pip installs: the server that came with the extension. */
  private async package(): Promise<string> {
    const files = await readdir(this.bundle).catch(() => []);
    const wheel = files.find((name) => name.endsWith(".whl"));
    return wheel ? join(this.bundle, wheel) : "duckflux-ls";
  }
}

function interpreterIn(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

async function anyPython(): Promise<Python | undefined> {
  for await (const python of pythons()) return python;
  return undefined;
}
