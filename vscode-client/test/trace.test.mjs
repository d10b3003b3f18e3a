import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

const { outputFiles } = await build({ entryPoints: ["src/trace.ts"], format: "esm", write: false });
const { withoutSecrets } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

test("what was typed in for inputs is not logged", () => {
  const logged = [];
  const log = { logLevel: 1, trace: (message) => logged.push(message), info: (message) => logged.push(message) };
  const hiding = withoutSecrets(log);
  hiding.trace("Sending response 'duckflux/askInputs - (1)'.\nResult: {\"token\": \"correct horse\"}");
  hiding.trace("Sending request 'workspace/executeCommand'.\nParams: duckflux.server.checkInput correct horse");
  hiding.trace("Received notification 'other'.\nParams: kept");
  hiding.info("kept too");
  assert.deepEqual(logged, [
    "Sending response 'duckflux/askInputs - (1)'.",
    "Sending request 'workspace/executeCommand'.",
    "Received notification 'other'.\nParams: kept",
    "kept too",
  ]);
  assert.equal(hiding.logLevel, 1);
});
