// `node drive.mjs SCENARIO ADDRESS BROWSER FOLDER PICTURES` prints what was seen, as JSON.
import { Editor } from "./editor.mjs";

const [name, address, executablePath, folder, pictures] = process.argv.slice(2);
const { default: scenario } = await import(`./scenarios/${name}.mjs`);
const seen = await Editor.with({ address, executablePath, folder, pictures, name }, scenario);
console.log(JSON.stringify(seen));
