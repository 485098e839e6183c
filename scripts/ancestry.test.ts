import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";

const ANCESTRY = join(import.meta.dirname, "ancestry.mjs");
const WATCHER = `
  import { onAbandoned } from ${JSON.stringify(ANCESTRY)};
  onAbandoned(() => { console.log("abandoned"); process.exit(0); });
  setInterval(() => undefined, 1_000_000);
  console.log("watching");
`;

for (const [between, command] of [
  ["nothing", 'exec "$0" --input-type=module --eval "$1"'],
  ["a shell", '"$0" --input-type=module --eval "$1"; true'],
]) {
  test(`the end of the starter is seen through ${between}`, async () => {
    const script = `require("node:child_process").spawn("sh", ["-c", ...process.argv.slice(1)], { stdio: "inherit" });`;
    const starter = spawn(process.execPath, ["--eval", script, command ?? "", process.execPath, WATCHER], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = starter.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
    assert.match((await said.next()).value, /watching/);
    starter.kill("SIGKILL");
    await once(starter, "exit");
    assert.match((await said.next()).value, /abandoned/);
  });
}
