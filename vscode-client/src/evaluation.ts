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
  const typed = await vscode.window.showInputBox({
    title: `Evaluate: ${first.origin}`,
    prompt: "An expression, with the values that the step at the cursor saw. Enter opens its value.",
    value: first.expression === "true" ? "" : first.expression,
    ignoreFocusOut: true,
    validateInput: async (text) => {
      const found = text.trim() ? await at(text) : null;
      return found && messageOf(found);
    },
  });
  if (typed === undefined || !typed.trim()) return;
  const found = await at(typed);
  if (found) await show(found);
}

function messageOf({ value, type, error }: Evaluation): vscode.InputBoxValidationMessage {
  if (value === null) return { message: error ?? "", severity: vscode.InputBoxValidationSeverity.Warning };
  const line = value.replace(/\s*\n\s*/g, " ");
  const shown = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
  return { message: `${shown} (${type ?? ""})`, severity: vscode.InputBoxValidationSeverity.Info };
}

async function show({ expression, origin, value, error }: Evaluation): Promise<void> {
  const content = [`// ${expression.replace(/\n/g, " ")}`, `// ${origin}`, value ?? `// ${error ?? ""}`, ""].join("\n");
  const document = await vscode.workspace.openTextDocument({ language: "jsonc", content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true, preview: true });
}
