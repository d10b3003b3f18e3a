import * as vscode from "vscode";
import { ask } from "./requests";

/** Shows the lines of a step, by its JSON pointer, in the text of its workflow as it is now. */
export async function revealStep(workflow: vscode.Uri, step: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument(workflow);
  const editor = await vscode.window.showTextDocument(document, { viewColumn: columnOf(document), preserveFocus: true });
  const range = await ask("stepRange", { uri: document.uri.toString(), step });
  if (!range) return;
  const found = new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
  editor.selection = new vscode.Selection(found.start, found.start);
  editor.revealRange(found, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function columnOf(document: vscode.TextDocument): vscode.ViewColumn {
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
  return shown?.viewColumn ?? vscode.ViewColumn.One;
}
