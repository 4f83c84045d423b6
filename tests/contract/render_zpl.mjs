// Draws ZPL labels: JSON [{"zpl", "width_mm", "height_mm"}] from stdin, JSON
// [{"png" (base64)} or {"error"}] to stdout. First argument: folder of node_modules.
import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.argv[2], "here.js"));
const { api } = await require("zpl-renderer-js").ready;
const drawn = [];
for (const label of JSON.parse(readFileSync(0, "utf-8"))) {
  try {
    const png = await api.zplToBase64Async(label.zpl, label.width_mm, label.height_mm, 8);
    drawn.push({ png });
  } catch (error) {
    drawn.push({ error: String(error) });
  }
}
const answer = Buffer.from(JSON.stringify(drawn));
for (let at = 0; at < answer.length; ) at += writeSync(1, answer, at);
// The drawing program never ends by itself.
process.exit(0);
