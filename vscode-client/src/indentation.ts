import * as vscode from "vscode";

const INDENTED = /^[ \t]+\S/m;

/**
 * Gives files without indentation that of the language's settings. VS Code chooses it when it opens a file, which for
 * the first one may be before it knows the settings that an extension brings.
 */
export function keepIndentation(): vscode.Disposable {
  vscode.window.visibleTextEditors.forEach(apply);
  return vscode.window.onDidChangeActiveTextEditor(apply);
}

function apply(editor: vscode.TextEditor | undefined): void {
  if (editor?.document.languageId !== "duckflux" || INDENTED.test(editor.document.getText())) return;
  const settings = vscode.workspace.getConfiguration("editor", editor.document);
  editor.options = { insertSpaces: settings.get<boolean>("insertSpaces"), tabSize: settings.get<number>("tabSize") };
}
