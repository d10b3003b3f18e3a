import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Runs that build on the last one: the failed one resumed, from a step, replayed; and one until a step. */
export default async function again(editor) {
  const place = (name) => join(process.env.DUCKFLUX_WORKSPACE, name);
  const traces = () => readdirSync(place(".duckflux/traces")).filter((name) => name.endsWith(".json"));

  /** Runs by a command, and gives the steps that ran. */
  async function run(command, ending) {
    const before = existsSync(place(".duckflux")) ? traces().length : 0;
    await editor.palette(`duckflux: ${command}`);
    for (let tries = 0; tries < 300 && !ended(before + 1); tries++) await editor.page.waitForTimeout(100);
    await editor.statusBar.getByText(ending).waitFor();
    await editor.lens("Run with trace").waitFor();
    const lines = existsSync(place("ran.txt")) ? readFileSync(place("ran.txt"), "utf8").trim().split("\n") : [];
    rmSync(place("ran.txt"), { force: true });
    return lines;
  }

  function ended(count) {
    return existsSync(place(".duckflux/traces")) && traces().length === count && !existsJournal();
  }

  function existsJournal() {
    return readdirSync(place(".duckflux/traces")).some((name) => name.endsWith(".journal"));
  }

  await editor.open("stages.duck.yaml");
  await editor.lens("Run with trace").waitFor();
  const first = await run("Run with Trace", "failure in");
  writeFileSync(place("fixed"), "");
  const resumed = await run("Resume Last Run", "success in");
  await editor.goTo("- check");
  const from = await run("Run from This Step", "success in");
  await editor.palette("duckflux: Restart Server");
  const replayed = await run("Replay Last Run", "success in");
  const until = await run("Run until This Step", "success in");
  return { first, resumed, from, replayed, until };
}
