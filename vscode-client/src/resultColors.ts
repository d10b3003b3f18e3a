import * as vscode from "vscode";
import type { InlayHintsMiddleware } from "vscode-languageclient/node";

/** How each symbol of a result is coloured. */
const COLORS: Record<string, string> = {
  "✓": "testing.iconPassed",
  "✗": "testing.iconFailed",
  "⊘": "testing.iconSkipped",
  "⟳": "charts.yellow",
  "⏸": "charts.yellow",
};

/** A hint that begins with a symbol, or with the mark of an older result and a symbol. */
const RESULT = new RegExp(`^(~ )?([${Object.keys(COLORS).join("")}]) (.*)$`);

interface Drawn {
  version: number;
  /** By line: where the line ends, and the symbol there. */
  symbols: Map<number, { end: vscode.Position; symbol: string }>;
}

/**
 * The symbols of results in colour. VS Code gives all inlay hints one colour, so a hint's symbol is taken out of it and
 * drawn as a decoration before it.
 */
export class ResultColors implements vscode.Disposable {
  private readonly types = new Map(Object.entries(COLORS).map(([symbol, color]) => [symbol, typeOf(symbol, color)]));
  private readonly drawn = new Map<string, Drawn>();
  private readonly listening = vscode.Disposable.from(
    vscode.window.onDidChangeVisibleTextEditors((editors) => {
      for (const editor of editors) this.draw(editor);
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => this.drawn.delete(uri.toString())),
  );

  readonly provideInlayHints: InlayHintsMiddleware["provideInlayHints"] = async (document, range, token, next) => {
    const hints = await next(document, range, token);
    if (hints && !token.isCancellationRequested) this.take(document, range, hints);
    return hints;
  };

  dispose(): void {
    vscode.Disposable.from(this.listening, ...this.types.values()).dispose();
  }

  /** The hints are those of a part of the document; what is known of other parts holds until the text changes. */
  private take(document: vscode.TextDocument, range: vscode.Range, hints: vscode.InlayHint[]): void {
    const uri = document.uri.toString();
    const before = this.drawn.get(uri);
    const symbols: Drawn["symbols"] = new Map(before?.version === document.version ? before.symbols : []);
    for (let line = range.start.line; line <= range.end.line; line++) symbols.delete(line);
    for (const hint of hints) {
      const [, mark, symbol, rest] = (typeof hint.label === "string" && RESULT.exec(hint.label)) || [];
      if (symbol === undefined || rest === undefined) continue;
      hint.label = `${mark ?? ""}${rest}`;
      symbols.set(hint.position.line, { end: hint.position, symbol });
    }
    this.drawn.set(uri, { version: document.version, symbols });
    for (const editor of vscode.window.visibleTextEditors) if (editor.document === document) this.draw(editor);
  }

  private draw(editor: vscode.TextEditor): void {
    const found = [...(this.drawn.get(editor.document.uri.toString())?.symbols.values() ?? [])];
    for (const [symbol, type] of this.types) {
      const places = found.filter((one) => one.symbol === symbol).map(({ end }) => lastCharacter(end));
      editor.setDecorations(type, places);
    }
  }
}

/** What is drawn after it comes before the hint. */
function lastCharacter(end: vscode.Position): vscode.Range {
  return new vscode.Range(end.with({ character: Math.max(0, end.character - 1) }), end);
}

function typeOf(symbol: string, color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    after: { contentText: symbol, color: new vscode.ThemeColor(color), margin: "0 0 0 1ch" },
  });
}
