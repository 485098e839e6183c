import { parseArgs } from "node:util";
import { TOOLS } from "./check/tools.ts";

/** Everything static, all of it every time: prints each failure with what repairs it, and exits 1 on any. */
const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const results = [];
for (const { name, fix, run } of TOOLS) {
  const began = performance.now();
  const { code, output } = await run();
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1));
  results.push({ name, ok: code === 0, seconds, fix, output: output.trim() });
  if (!values.json) console.log(`${code === 0 ? "✓" : "✗"} ${name}  ${seconds} s`);
}
const failures = results.filter(({ ok }) => !ok);
if (values.json) console.log(JSON.stringify({ ok: failures.length === 0, results }));
else for (const { name, fix, output } of failures) console.log(`\n✗ ${name}\n${output}\n→ ${fix}`);
process.exit(failures.length === 0 ? 0 : 1);
