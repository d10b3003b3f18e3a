import * as vscode from "vscode";

/** What the server answers to its own commands; docs/lsp.md describes them. */

export type State = "running" | "interrupted" | "cancelled" | "success" | "failure";

export interface RunState {
  uri: string;
  state: State;
  current: string;
  waiting: Waiting[];
  summary: string;
  tracePath: string | null;
  /** Whether it ended before the server was started, and is known from its trace. */
  restored: boolean;
}

/** An event that a run waits for, since a time; `step` is null for a step of a sub-workflow. */
export interface Waiting {
  event: string;
  since: string;
  step: string | null;
}

export interface Workflow {
  uri: string;
  path: string;
}

export interface Trace {
  tracePath: string;
  state: State;
  startedAt: string;
  duration: string;
  error: string | null;
}

export interface TracePage {
  html: string;
  title: string;
  workflow: string | null;
}

/** An expression with its value as JSON, or the error for which it has none; `origin` says of which run. */
export interface Evaluation {
  expression: string;
  origin: string;
  value: string | null;
  type: string | null;
  error: string | null;
}

export interface Test {
  name: string;
  range: Range;
}

export interface TestOutcome {
  name: string;
  milliseconds: number;
  problem: string | null;
}

interface Range {
  start: { line: number; character: number };
  end: { line: number; character: number };
}

interface Commands {
  run: { arguments: { uri: string; ask?: "all" }; answer: Started };
  resume: { arguments: { uri: string }; answer: Started };
  replay: { arguments: { uri: string }; answer: Started };
  runFrom: { arguments: { uri: string; position: vscode.Position }; answer: Started };
  runUntil: { arguments: { uri: string; position: vscode.Position }; answer: Started };
  cancel: { arguments: { uri: string }; answer: boolean };
  answer: {
    arguments: { uri: string; event?: string; step?: string | null; position?: vscode.Position };
    answer: { event: string | null };
  };
  stepOutput: {
    arguments: { uri: string; step?: string; position?: vscode.Position };
    answer: { name: string; text: string; ended: boolean } | null;
  };
  lastTrace: { arguments: { uri: string }; answer: { tracePath: string | null } };
  showTrace: { arguments: { uri: string; tracePath: string }; answer: Started };
  checkInput: { arguments: { uri: string; name: string; value: unknown; wait?: string | null }; answer: string | null };
  workflows: { arguments: Record<string, never>; answer: Workflow[] };
  traces: { arguments: { uri: string }; answer: Trace[] };
  tracePage: { arguments: { tracePath: string }; answer: TracePage | null };
  tracePageNews: { arguments: { tracePath: string; known: unknown }; answer: unknown };
  diagramPage: { arguments: Record<string, never>; answer: string };
  diagram: { arguments: { uri: string }; answer: { title: string; svg: string } | null };
  diagramResults: { arguments: { uri: string }; answer: Record<string, { status: string; label: string }> };
  diagramStep: { arguments: { uri: string; position: vscode.Position }; answer: string | null };
  removeTrace: { arguments: { tracePath: string }; answer: boolean };
  compareTraces: { arguments: { before: string; after: string }; answer: string };
  compare: { arguments: { uri: string; before: string; after: string }; answer: Started };
  comparisonPage: { arguments: { uri: string }; answer: { html: string; title: string } | null };
  stopComparing: { arguments: { uri: string }; answer: boolean };
  evaluate: { arguments: { uri: string; range: Range; expression?: string }; answer: Evaluation | null };
  evaluatable: {
    arguments: { uri: string; position: vscode.Position };
    answer: { expression: string; range: Range } | null;
  };
  scratch: {
    arguments: { uri: string; range: Range };
    answer: { path: string; head: string; part: string } | null;
  };
  testFiles: { arguments: Record<string, never>; answer: string[] };
  tests: { arguments: { uri: string }; answer: Test[] };
  runTests: { arguments: { uri: string }; answer: { outcomes: TestOutcome[]; message: string | null } };
  debugAdapter: { arguments: Record<string, never>; answer: { command: string; args: string[] } };
  stepRange: { arguments: { uri: string; step: string }; answer: Range | null };
}

interface Started {
  executionId: string | null;
  tracePath: string | null;
}

/** The language client registers each of the server's commands; this runs one. */
export function ask<Name extends keyof Commands>(
  name: Name,
  given: Commands[Name]["arguments"],
): Thenable<Commands[Name]["answer"]> {
  return vscode.commands.executeCommand(`duckflux.server.${name}`, given);
}
