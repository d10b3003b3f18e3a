import * as vscode from "vscode";

interface Input {
  name: string;
  type: string;
  description: string | null;
  default: unknown;
  enum: unknown[] | null;
  secret: boolean;
}

export interface AskInputsParams {
  uri: string;
  inputs: Input[];
}

/** Asks for one input after the other. The server turns text into the declared types. */
export async function askInputs(
  { uri, inputs }: AskInputsParams,
  token: vscode.CancellationToken,
): Promise<{ inputs: Record<string, unknown> } | null> {
  const file = vscode.Uri.parse(uri).path.split("/").at(-1) ?? uri;
  const values: Record<string, unknown> = {};
  for (const [index, input] of inputs.entries()) {
    const value = await ask(input, `${file}: ${input.name} (${String(index + 1)}/${String(inputs.length)})`, token);
    if (value === undefined) return null;
    values[input.name] = value;
  }
  return { inputs: values };
}

function ask(input: Input, title: string, token: vscode.CancellationToken): Thenable<unknown> {
  const choices = input.enum ?? (input.type === "boolean" ? [true, false] : undefined);
  return choices ? choose(input, choices, title, token) : type(input, title, token);
}

async function choose(
  input: Input,
  choices: unknown[],
  title: string,
  token: vscode.CancellationToken,
): Promise<unknown> {
  const items = choices.map((value) => ({ label: asText(value), value }));
  const placeHolder = input.description ?? undefined;
  const item = await vscode.window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true }, token);
  return item?.value;
}

function type(input: Input, title: string, token: vscode.CancellationToken): Thenable<string | undefined> {
  return vscode.window.showInputBox(
    {
      title,
      prompt: input.description ?? undefined,
      placeHolder: input.type,
      value: input.default == null ? "" : asText(input.default),
      password: input.secret,
      ignoreFocusOut: true,
    },
    token,
  );
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
