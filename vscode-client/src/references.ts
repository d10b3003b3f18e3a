import * as vscode from "vscode";
import type { Location } from "vscode-languageclient/node";

interface Asked {
  uri: string;
  line: number;
  character: number;
}

/** A click on a lens that counts references lists them. */
export async function listReferences(given: unknown[], found: unknown): Promise<void> {
  const { uri, line, character } = given[0] as Asked;
  const locations = (found as Location[]).map(
    ({ uri: target, range: { start, end } }) =>
      new vscode.Location(
        vscode.Uri.parse(target),
        new vscode.Range(start.line, start.character, end.line, end.character),
      ),
  );
  const position = new vscode.Position(line, character);
  await vscode.commands.executeCommand("editor.action.showReferences", vscode.Uri.parse(uri), position, locations);
}
