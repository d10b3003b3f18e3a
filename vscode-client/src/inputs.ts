import * as vscode from "vscode";
import { fileName } from "./names";
import { ask } from "./requests";

interface Input {
  name: string;
  type: string;
  description: string | null;
  default: unknown;
  enum: unknown[] | null;
  secret: boolean;
  required: boolean;
}

export interface AskInputsParams {
  uri: string;
  inputs: Input[];
  /** What the form is for, if not for a run. */
  title?: string;
  /** The step that is answered, null for one of a sub-workflow. */
  wait?: string | null;
}

/** How values are typed that are not plain text. */
const FORMS: Record<string, string> = {
  array: 'a list as JSON, such as ["a", "b"]',
  object: 'a map as JSON, such as {"a": 1}',
  json: 'JSON, such as {"a": 1} or "text"',
};

/** What a person did in one step of the form. */
type Step = { did: "answer"; value: unknown } | { did: "leave out" | "back" | "give up" };

interface Form {
  uri: string;
  wait: string | null | undefined;
  title: string;
  step: number;
  totalSteps: number;
}

/**
 * Asks for inputs, step by step with a way back. The server checks each value and turns text into the declared types.
 * What is typed into the field of a secret is shown nowhere and kept nowhere.
 */
export async function askInputs(
  { uri, inputs, title: given, wait }: AskInputsParams,
  token: vscode.CancellationToken,
): Promise<{ inputs: Record<string, unknown> } | null> {
  const title = given ?? `Run ${fileName(uri)}`;
  const values = new Map<string, unknown>();
  let index = 0;
  for (let input = inputs[index]; input; input = inputs[index]) {
    const form = { uri, wait, title, step: index + 1, totalSteps: inputs.length };
    const step = await askOne(form, { ...input, default: values.get(input.name) ?? input.default }, token);
    if (step.did === "give up") return null;
    if (step.did === "answer") values.set(input.name, step.value);
    else values.delete(input.name);
    index += step.did === "back" ? -1 : 1;
  }
  return { inputs: Object.fromEntries(values) };
}

function askOne(form: Form, input: Input, token: vscode.CancellationToken): Promise<Step> {
  const choices = input.enum ?? (input.type === "boolean" ? [true, false] : undefined);
  return choices ? choose(form, input, choices, token) : type(form, input, token);
}

function choose(form: Form, input: Input, choices: unknown[], token: vscode.CancellationToken): Promise<Step> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { step: Step }>();
  pick.items = choices.map((value) => ({
    label: asText(value),
    description: value === input.default ? "default" : "",
    step: { did: "answer", value },
  }));
  if (!input.required && input.default == null) pick.items = [...pick.items, { label: "(not given)", step: { did: "leave out" } }];
  const ofDefault = pick.items.filter(({ description }) => description);
  if (ofDefault.length) pick.activeItems = ofDefault;
  pick.placeholder = describe(input);
  return answerOf(pick, form, token, () => pick.selectedItems[0]?.step);
}

function type(form: Form, input: Input, token: vscode.CancellationToken): Promise<Step> {
  const box = vscode.window.createInputBox();
  box.prompt = input.type in FORMS ? `${describe(input)}: ${String(FORMS[input.type])}` : describe(input);
  box.placeholder = [FORMS[input.type] ?? input.type, ...(input.required ? [] : ["may be left empty"])].join(", ");
  box.password = input.secret;
  box.value = input.secret || input.default == null ? "" : asText(input.default);
  box.onDidChangeValue(() => {
    box.validationMessage = undefined;
  });
  return answerOf(box, form, token, async (): Promise<Step | undefined> => {
    const { value } = box;
    if (!value && !input.required) return { did: "leave out" };
    const wrong = await ask("checkInput", { uri: form.uri, name: input.name, value, ...(form.wait !== undefined && { wait: form.wait }) });
    if (wrong === null) return { did: "answer", value };
    box.validationMessage = wrong;
    return undefined;
  });
}

/** Shows one step until there is an answer; `answer` gives none as long as the value is wrong. */
function answerOf(
  shown: vscode.QuickPick<vscode.QuickPickItem & { step: Step }> | vscode.InputBox,
  form: Form,
  token: vscode.CancellationToken,
  answer: () => Step | undefined | Promise<Step | undefined>,
): Promise<Step> {
  Object.assign(shown, { title: form.title, step: form.step, totalSteps: form.totalSteps, ignoreFocusOut: true });
  if (form.step > 1) shown.buttons = [vscode.QuickInputButtons.Back];
  return new Promise<Step>((resolve) => {
    const accept = async () => {
      const step = await answer();
      if (step) resolve(step);
    };
    shown.onDidAccept(accept);
    shown.onDidTriggerButton(() => {
      resolve({ did: "back" });
    });
    shown.onDidHide(() => {
      resolve({ did: "give up" });
    });
    token.onCancellationRequested(() => {
      resolve({ did: "give up" });
    });
    shown.show();
  }).finally(() => {
    shown.dispose();
  });
}

function describe({ name, description }: Input): string {
  return description ? `${name}: ${description}` : name;
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
