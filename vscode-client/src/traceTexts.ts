import { basename } from "node:path";
import * as vscode from "vscode";
import { startOf } from "./comparisons";
import type { Trace } from "./requests";

/** The language client asks the server for the texts of this scheme. */
const SCHEME = "duckflux-trace";

/** Shows a trace as a text that can't be edited: its workflow with the results of the run. */
export async function showTraceText(workflow: vscode.Uri, trace: Trace): Promise<void> {
  const title = `${basename(workflow.path)}, ${startOf(trace)}`.replaceAll("/", "-");
  const uri = vscode.Uri.from({ scheme: SCHEME, path: title, query: trace.tracePath });
  await vscode.window.showTextDocument(uri, { viewColumn: vscode.ViewColumn.Active, preview: true });
}
