import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { Backoff } from "./backoff";
import { createClient } from "./client";
import type { RunOutput } from "./runOutput";
import type { ResultColors } from "./resultColors";
import type { Runs } from "./runs";
import { findServer, type ServerCommand } from "./server/find";
import type { OwnServer } from "./server/own";
import { reportCrashes, reportMissingServer } from "./server/report";

/** Milliseconds between two looks for a server. */
const PAUSES = [300, 1_500];

/** The one running server. Starts and stops never overlap; one that ends by itself is started again. */
export class Connection {
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();
  private readonly backoff = new Backoff();
  private waiting: NodeJS.Timeout | undefined;
  private readonly started = new vscode.EventEmitter<void>();
  readonly onDidStart = this.started.event;
  private readonly workflowsChanged = new vscode.EventEmitter<void>();
  /** There are other workflows in the workspace now. */
  readonly onDidChangeWorkflows = this.workflowsChanged.event;

  constructor(
    private readonly log: vscode.LogOutputChannel,
    private readonly own: OwnServer,
    private readonly runs: Runs,
    private readonly output: RunOutput,
    private readonly colors: ResultColors,
  ) {}

  get isRunning(): boolean {
    return this.client?.isRunning() ?? false;
  }

  /** Whether there is a server now; one that is away is started. */
  async ready(): Promise<boolean> {
    await this.last;
    if (!this.isRunning) await this.restart();
    return this.isRunning;
  }

  restart(): Promise<void> {
    this.backoff.reset();
    return this.reopen();
  }

  stop(): Promise<void> {
    clearTimeout(this.waiting);
    return this.enqueue(() => this.close());
  }

  async trust(): Promise<void> {
    if (this.client) await this.client.sendNotification("duckflux/didChangeTrust", { trusted: true });
    else await this.restart();
  }

  private reopen(): Promise<void> {
    clearTimeout(this.waiting);
    return this.enqueue(async () => {
      await this.close();
      await this.open();
    });
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    this.last = this.last.then(task).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    return this.last;
  }

  private async open(): Promise<void> {
    const server = await this.find();
    if (!server) {
      void reportMissingServer();
      return;
    }
    this.log.info(`Server: ${[server.command, ...server.args].join(" ")}`);
    const client = createClient(server, this.log, this.colors, {
      run: (state) => {
        this.runs.take(state);
      },
      output: ({ text }) => {
        this.output.append(text);
      },
      workflows: () => {
        this.workflowsChanged.fire();
      },
      ended: () => this.restartLater(),
    });
    this.client = client;
    await client.start();
    this.backoff.started();
    tellMenus(true);
    this.started.fire();
  }

  /** After a reload of the window, settings may come later than the extension. */
  private async find(): Promise<ServerCommand | undefined> {
    for (const pause of PAUSES) {
      const server = await findServer(this.own);
      if (server) return server;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return findServer(this.own);
  }

  private async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.runs.interrupt();
    tellMenus(false);
    await client?.dispose().catch((error: unknown) => {
      this.log.debug(String(error));
    });
  }

  private restartLater(): string {
    this.runs.interrupt();
    tellMenus(false);
    const seconds = this.backoff.next();
    if (seconds === undefined) {
      void reportCrashes();
      return "The server ended by itself too often. It is not started again.";
    }
    this.waiting = setTimeout(() => void this.reopen(), seconds * 1000);
    return `The server ended by itself. It is started again in ${String(seconds)} s.`;
  }
}

function tellMenus(serverRuns: boolean): void {
  void vscode.commands.executeCommand("setContext", "duckflux.serverRuns", serverRuns);
}
