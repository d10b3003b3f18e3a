import * as vscode from "vscode";
import { ask, type Evaluation } from "./requests";

const MAX_LINE = 200;

/**
 * Asks for an expression, and shows its value in the last run while it is typed. It begins with what is selected, or with
 * the expression at the cursor; Enter opens the value as a document.
 */
export async function evaluate(uri: vscode.Uri): Promise<void> {
  const { start, end } = vscode.window.activeTextEditor?.selection ?? new vscode.Range(0, 0, 0, 0);
  const at = (expression?: string) =>
    ask("evaluate", { uri: uri.toString(), range: { start, end }, ...(expression && { expression }) });
  // There may be no expression here: one that always has a value tells whether there is a run.
  const first = (await at()) ?? (await at("true"));
  if (!first) return;
  const box = vscode.window.createInputBox();
  box.title = `Evaluate: ${first.origin}`;
  box.prompt = "An expression, with the values that the step at the cursor saw. Enter opens its value.";
  box.value = first.expression === "true" ? "" : first.expression;
  box.ignoreFocusOut = true;
  const tell = async () => {
    const text = box.value;
    const found = text.trim() ? await at(text) : null;
    if (box.value === text) box.validationMessage = found ? messageOf(found) : undefined;
  };
  box.onDidChangeValue(tell);
  box.onDidAccept(async () => {
    const found = box.value.trim() ? await at(box.value) : null;
    box.hide();
    if (found) await showEvaluation(found);
  });
  box.onDidHide(() => {
    box.dispose();
  });
  box.show();
  await tell();
}

function messageOf({ value, type, error }: Evaluation): vscode.InputBoxValidationMessage {
  if (value === null) return { message: error ?? "", severity: vscode.InputBoxValidationSeverity.Warning };
  const line = value.replace(/\s*\n\s*/g, " ");
  const shown = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
  return { message: `${shown} (${type ?? ""})`, severity: vscode.InputBoxValidationSeverity.Info };
}

/** Opens an expression with its value as a document. */
export async function showEvaluation({ expression, origin, value, error }: Evaluation): Promise<void> {
  const content = [`// ${expression.replace(/\n/g, " ")}`, `// ${origin}`, value ?? `// ${error ?? ""}`, ""].join("\n");
  const document = await vscode.workspace.openTextDocument({ language: "jsonc", content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}
