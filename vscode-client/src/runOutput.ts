import * as vscode from "vscode";

/** The output channel with what steps print. */
export class RunOutput implements vscode.Disposable {
  private readonly channel = vscode.window.createOutputChannel("duckflux Runs", "log");

  append(text: string): void {
    this.channel.append(text);
  }

  show(): void {
    this.channel.show(true);
  }

  dispose(): void {
    this.channel.dispose();
  }
}
