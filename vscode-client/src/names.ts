import * as vscode from "vscode";

/** The name of a file, by which messages call a workflow. */
export function fileName(uri: string): string {
  return vscode.Uri.parse(uri).path.split("/").at(-1) ?? uri;
}
