import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";

const { outputFiles } = await build({ entryPoints: ["src/backoff.ts"], format: "esm", write: false });
const { Backoff } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

test("a server that ends again and again is started later each time, and at last not any more", () => {
  const backoff = new Backoff();
  const waits = [];
  for (let crash = 0; crash < 6; crash++) {
    backoff.started(1_000);
    waits.push(backoff.next(2_000));
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 15, undefined]);
});

test("one that lasted begins anew", () => {
  const backoff = new Backoff();
  backoff.started(0);
  assert.equal(backoff.next(1_000), 1);
  backoff.started(2_000);
  assert.equal(backoff.next(62_000), 1);
});

test("one that never started counts as well", () => {
  const backoff = new Backoff();
  assert.deepEqual([backoff.next(), backoff.next()], [1, 2]);
  backoff.reset();
  assert.equal(backoff.next(), 1);
});
