import * as vscode from "vscode";
import { showEvaluation } from "./evaluation";
import { exists } from "./files";
import { ask, type Evaluation } from "./requests";

export interface ChooseParams {
  title: string;
  items: string[];
}

/**
 * Opens the scratch of a workflow beside it, with what is selected, or the expression at the cursor, as its next expression.
 * One that is not on disk yet is named, but not saved.
 */
export async function openScratch(uri: vscode.Uri): Promise<void> {
  const { start, end } = vscode.window.activeTextEditor?.selection ?? new vscode.Range(0, 0, 0, 0);
  const made = await ask("scratch", { uri: uri.toString(), range: { start, end } });
  if (!made) return;
  const file = vscode.Uri.file(made.path);
  const document = await vscode.workspace.openTextDocument((await exists(file)) ? file : file.with({ scheme: "untitled" }));
  const editor = await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside });
  const last = document.lineAt(document.lineCount - 1).range.end;
  const before = document.getText() === "" ? made.head : last.character > 0 ? "\n" : "";
  await editor.edit((edit) => { edit.insert(last, before + made.part); });
}

/** `duckflux/choose`: the index of what is chosen, or null. */
export async function choose({ title, items }: ChooseParams, token: vscode.CancellationToken): Promise<number | null> {
  const picks = items.map((label, index) => ({ label, index }));
  return (await vscode.window.showQuickPick(picks, { title }, token))?.index ?? null;
}

/** A click on a value opens all of it. */
export async function showValue(_: unknown[], found: unknown): Promise<void> {
  if (found) await showEvaluation(found as Evaluation);
}
