import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The server is killed: it comes back by itself, each time a little later. */
export default async function crash(editor) {
  const { page } = editor;
  const squiggle = page.locator(".squiggly-error").first();
  await editor.open("mistake.duck.yaml");
  for (let crashes = 0; crashes < 2; crashes++) {
    await squiggle.waitFor();
    const before = servers();
    process.kill(before.at(-1), "SIGKILL");
    while (servers().length === before.length) await page.waitForTimeout(50);
  }
  await squiggle.waitFor();
  const log = await editor.output("duckflux: Show Server Log", /again\sin\s1\ss.*again\sin\s2\ss/s);
  return { log: log.filter((line) => line.includes("started again in")) };
}

/** The process ids of all servers that were started so far. */
function servers() {
  return readFileSync(join(process.env.DUCKFLUX_HOME, "servers"), "utf8").trim().split("\n").map(Number);
}
