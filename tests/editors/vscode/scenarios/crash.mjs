import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plain } from "../editor.mjs";

/** The server is killed: it comes back by itself, each time a little later. */
export default async function crash(editor) {
  const { page } = editor;
  const squiggle = page.locator(".squiggly-error").first();
  await editor.open("mistake.duck.yaml");
  for (let crashes = 0; crashes < 2; crashes++) {
    await squiggle.waitFor();
    process.kill(newestServer(), "SIGKILL");
    await squiggle.waitFor({ state: "detached" });
  }
  await squiggle.waitFor();
  await editor.palette("duckflux: Show Server Log");
  await editor.palette("View: Toggle Maximized Panel");
  const lines = page.locator(".output-view .view-line", { hasText: "started again in" });
  await lines.nth(1).waitFor();
  return { log: (await lines.allInnerTexts()).map(plain) };
}

function newestServer() {
  const ids = readFileSync(join(process.env.DUCKFLUX_HOME, "servers"), "utf8").trim().split("\n");
  return Number(ids.at(-1));
}
