import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  TransportKind,
  type ClientCapabilities,
  type ExecuteCommandMiddleware,
  type StaticFeature,
} from "vscode-languageclient/node";
import { askInputs, type AskInputsParams } from "./inputs";
import { listReferences } from "./references";
import type { RunState } from "./requests";
import type { ResultColors } from "./resultColors";
import { choose, showValue, type ChooseParams } from "./scratch";
import type { ServerCommand } from "./server/find";
import { withoutSecrets } from "./trace";

interface Listeners {
  run: (state: RunState) => void;
  output: (printed: { uri: string; text: string }) => void;
  /** There are other workflows now. */
  workflows: () => void;
  /** The server has ended, and nobody asked it to. Gives what to log. */
  ended: () => string;
}

export function createClient(
  server: ServerCommand,
  log: vscode.LogOutputChannel,
  colors: ResultColors,
  listeners: Listeners,
): LanguageClient {
  const client = new LanguageClient(
    "duckflux",
    "duckflux",
    { ...server, transport: TransportKind.stdio },
    {
      documentSelector: [{ language: "duckflux" }, { language: "duckflux-scratch" }],
      outputChannel: log,
      traceOutputChannel: withoutSecrets(log),
      stdioOptions: { stdout: logLines, stderr: logLines },
      initializationOptions: { trusted: vscode.workspace.isTrusted },
      // Links in tooltips run these commands, and no others.
      markdown: { isTrusted: { enabledCommands: ["duckflux.showStepOutput", "duckflux.server.showIteration"] } },
      synchronize: { configurationSection: "duckflux" },
      middleware: { executeCommand, provideInlayHints: colors.provideInlayHints },
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        // The connection starts it again, as here there is no way to wait before.
        closed: () => {
          return { action: CloseAction.DoNotRestart, message: listeners.ended(), handled: true };
        },
      },
    },
  );
  client.registerFeature(duckfluxCapabilities);
  client.onRequest("duckflux/askInputs", (params: AskInputsParams, token: vscode.CancellationToken) =>
    askInputs(params, token),
  );
  client.onRequest("duckflux/choose", (params: ChooseParams, token: vscode.CancellationToken) => choose(params, token));
  client.onNotification("duckflux/runChanged", listeners.run);
  client.onNotification("duckflux/runOutput", listeners.output);
  client.onNotification("duckflux/workflowsChanged", listeners.workflows);
  return client;
}

/** What a click on a lens shows, by the command of the lens: it is given the arguments and the answer. */
const SHOWN: Record<string, (given: unknown[], found: unknown) => Promise<void>> = {
  "duckflux.server.references": listReferences,
  "duckflux.server.scratchValue": showValue,
};

const executeCommand: ExecuteCommandMiddleware["executeCommand"] = async (command, given, next) => {
  const found: unknown = await next(command, given);
  await SHOWN[command]?.(given, found);
  return found;
};

/** What the server logs: each line carries its own level. */
function logLines(input: Readable, log: vscode.LogOutputChannel): void {
  createInterface({ input }).on("line", (line) => {
    log.info(line);
  });
}

const duckfluxCapabilities: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities) {
    const duckflux = {
      askInputs: true,
      choose: true,
      debug: true,
      iterations: true,
      runs: true,
      scratch: true,
      stepOutput: true,
      workflows: true,
    };
    capabilities.experimental = { ...(capabilities.experimental as object), duckflux };
  },
  initialize: () => undefined,
  getState: () => ({ kind: "static" }),
  clear: () => undefined,
};
