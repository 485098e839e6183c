import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { readFaults } from "./faults.ts";

test("without settings nothing is broken", () => {
  for (const text of [undefined, ""]) {
    const faults = readFaults(text, () => 0);
    faults.at("after-claim");
    assert.equal(faults.claims, true);
  }
  assert.equal(readFaults("claims=off").claims, false);
});

test("what is no fault is refused", () => {
  for (const text of ["claims=on", "after-lunch=1", "after-claim=2", "after-claim=x", "after-claim"])
    assert.throws(() => readFaults(text), text);
});

test("at its point, with its probability, the process is killed", async () => {
  const run = async (random: number) => {
    const script = `import { readFaults } from ${JSON.stringify(import.meta.resolve("./faults.ts"))};
      const faults = readFaults("before-result=0.5", () => ${random});
      faults.at("after-claim");
      faults.at("before-result");`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
    return once(child, "exit");
  };
  assert.deepEqual(await run(0.4), [null, "SIGKILL"]);
  assert.deepEqual(await run(0.6), [0, null]);
});
