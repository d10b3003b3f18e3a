import * as vscode from "vscode";

/** The part of the Python extension's interface that is used here. */
interface PythonApi {
  environments: {
    getActiveEnvironmentPath(): unknown;
    resolveEnvironment(path: unknown): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** The interpreter that is selected in the Python extension. */
export async function selectedInterpreter(): Promise<string | undefined> {
  const environments = (await pythonApi())?.environments;
  const environment = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath());
  return environment?.executable.uri?.fsPath;
}

export async function onDidChangeInterpreter(listener: () => unknown): Promise<vscode.Disposable> {
  const python = await pythonApi();
  return python?.environments.onDidChangeActiveEnvironmentPath(listener) ?? new vscode.Disposable(() => undefined);
}

/** A workspace that is not trusted must not choose the interpreter that runs. */
async function pythonApi(): Promise<PythonApi | undefined> {
  if (!vscode.workspace.isTrusted) return undefined;
  return vscode.extensions.getExtension<PythonApi>("ms-python.python")?.activate();
}
