// Makes dist/: the extension in one file, and the pictures of the documentation that the walkthrough shows.
import { cpSync, mkdirSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["src/extension.ts"],
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  outfile: "dist/extension.js",
});
mkdirSync("dist/images", { recursive: true });
for (const name of ["mistake.png", "inline-results.png", "trace-page.png"]) {
  cpSync(`../docs/images/${name}`, `dist/images/${name}`);
}
