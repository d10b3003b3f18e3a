import type * as vscode from "vscode";

const WITH_INPUTS = /duckflux\/askInputs|duckflux\.server\.checkInput/;

/** The log for messages between editor and server; of those that carry what a person typed in, only the first line. */
export function withoutSecrets(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
  return new Proxy(log, {
    get(target, name) {
      if (name === "trace") {
        return (message: string) => {
          target.trace(WITH_INPUTS.test(message) ? (message.split("\n")[0] ?? "") : message);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
