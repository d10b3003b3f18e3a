import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  LanguageClient,
  TransportKind,
  type ClientCapabilities,
  type StaticFeature,
} from "vscode-languageclient/node";
import { askInputs, type AskInputsParams } from "./inputs";
import { findServer, reportMissingServer, type ServerCommand } from "./server";

/** The one running server. Starts and stops never overlap. */
export class Connection {
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** Whether there is a server now; one that is away is started. */
  async ready(): Promise<boolean> {
    if (!this.client?.isRunning()) await this.restart();
    return this.client?.isRunning() ?? false;
  }

  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.close();
      await this.open();
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.close());
  }

  async trust(): Promise<void> {
    if (this.client) await this.client.sendNotification("duckflux/didChangeTrust", { trusted: true });
    else await this.restart();
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    this.last = this.last.then(task).catch((error: unknown) => {
      this.log.error(error instanceof Error ? error : String(error));
    });
    return this.last;
  }

  private async open(): Promise<void> {
    const server = await findServer();
    if (!server) {
      void reportMissingServer();
      return;
    }
    this.log.info(`Server: ${[server.command, ...server.args].join(" ")}`);
    this.client = createClient(server, this.log);
    await this.client.start();
  }

  private async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.dispose().catch((error: unknown) => {
      this.log.debug(String(error));
    });
  }
}

function createClient(server: ServerCommand, log: vscode.LogOutputChannel): LanguageClient {
  const client = new LanguageClient(
    "duckflux",
    "duckflux",
    { ...server, transport: TransportKind.stdio },
    {
      documentSelector: [{ language: "duckflux" }],
      outputChannel: log,
      stdioOptions: { stdout: logLines, stderr: logLines },
      initializationOptions: { trusted: vscode.workspace.isTrusted },
      synchronize: { configurationSection: "duckflux" },
    },
  );
  client.registerFeature(offerInputs);
  client.onRequest("duckflux/askInputs", (params: AskInputsParams, token: vscode.CancellationToken) =>
    askInputs(params, token),
  );
  return client;
}

/** What the server logs: each line carries its own level. */
function logLines(input: Readable, log: vscode.LogOutputChannel): void {
  createInterface({ input }).on("line", (line) => {
    log.info(line);
  });
}

const offerInputs: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities) {
    capabilities.experimental = { duckflux: { askInputs: true } };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};
