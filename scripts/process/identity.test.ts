import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { end, identify, isAlive, parseStat, signalTo } from "./identity.ts";

const THREADS = 17;
const AFTER_NAME = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 987654 20 21".split(" ");

/** proc_pid_stat(5) of process 7 in `state` with so many threads. */
function stat(name: string, state: string, threads = 1): string {
  return `7 (${name}) ${AFTER_NAME.with(0, state).with(THREADS, `${threads}`).join(" ")}`;
}

test("the start time is found behind a name with spaces and parentheses", () => {
  assert.deepEqual(parseStat(7, stat("a) b (c", "S")), { pid: 7, startTime: "987654" });
});

test("the remains of a process are no process", () => {
  assert.equal(parseStat(7, stat("node", "Z")), undefined);
});

test("a process of which only the first thread has ended still runs", () => {
  assert.deepEqual(parseStat(7, stat("node", "Z", 2)), { pid: 7, startTime: "987654" });
});

test("a pid used again by another process is left alone", async () => {
  const child = spawn("sleep", ["60"]);
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  signalTo({ ...identity, startTime: "1" }, "SIGKILL");
  await end({ ...identity, startTime: "1" }, 0);
  assert.ok(isAlive(identity));
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.ok(!isAlive(identity));
});

test("a process that ignores SIGTERM is killed", async () => {
  const child = spawn("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 1; done"]);
  await once(child.stdout, "data");
  const identity = identify(child.pid ?? 0);
  assert.ok(identity);
  const [[, signal]] = await Promise.all([once(child, "exit"), end(identity, 100)]);
  assert.equal(signal, "SIGKILL");
});
