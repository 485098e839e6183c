import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createLogger } from "@oms/chassis/log.ts";
import type { Json, JsonObject } from "@oms/jobs/json.ts";
import { Pool, type PoolOptions } from "./pool.ts";

const EXECUTORS = join(import.meta.dirname, "misbehaving.fixture.ts");
/** Nobody is there: what needs no kernel does not notice. */
const ENVIRONMENT = {
  ...process.env,
  OMS_ENV: "test",
  KERNEL_URL: "127.0.0.1:1",
  REDIS_URL: "redis://:secret@127.0.0.1",
  SCHEDULER_EXECUTORS: EXECUTORS,
};

function poolOf(change: Partial<PoolOptions> = {}): Pool {
  const logger = createLogger("worker", "silent");
  const options = { env: ENVIRONMENT, heapMb: 64, residentMb: 400, takesMs: 60_000, children: 1, logger };
  return new Pool({ ...options, ...change });
}

let pool: Pool;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  pool = poolOf();
});
after(async () => {
  await pool.stop();
  await rm(folder, { recursive: true });
});

type Change = {
  readonly payload?: JsonObject;
  readonly signal?: AbortSignal;
  readonly checkpoint?: (progress: number, data: Json) => Promise<void>;
};

function workOf(type: string, { payload = {}, ...change }: Change = {}) {
  const task = { id: "job/1", job: "job", attempt: 1, plannedMs: 1, payload, checkpoint: undefined };
  const none = async () => assert.fail("it leaves no checkpoint");
  return { type, task, signal: new AbortController().signal, checkpoint: none, ...change };
}

const run = (type: string, change: Change = {}) => pool.run(workOf(type, change));
async function pidOf(): Promise<number> {
  const reply = await run("say-who");
  assert(reply.kind === "done");
  return (reply.result as { pid: number }).pid;
}

/** Waits for what another process does, however slow the machine is. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // Killed, and not yet waited for by whoever inherited it.
  return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

test("executions run in a process of their own, the same one while it behaves", async () => {
  const pid = await pidOf();
  assert.notEqual(pid, process.pid);
  assert.equal(await pidOf(), pid);
});

test("what an executor throws is its failure, and the child goes on", async () => {
  const pid = await pidOf();
  assert.deepEqual(await run("throw"), {
    kind: "failed",
    code: "error",
    message: "too many eggs",
    final: false,
  });
  assert.deepEqual(await run("refuse"), {
    kind: "failed",
    code: "refused",
    message: "no eggs here",
    final: true,
  });
  assert.partialDeepStrictEqual(await run("no-json"), { code: "bad-result", final: true });
  assert.partialDeepStrictEqual(await run("too-large"), { code: "bad-result", final: true });
  assert.partialDeepStrictEqual(await run("large-checkpoint"), { code: "bad-checkpoint", final: true });
  assert.partialDeepStrictEqual(await run("unheard-of"), { kind: "failed", final: false });
  assert.equal(await pidOf(), pid);
});

for (const [type, expected] of [
  ["exit", { code: "crashed", message: "the executor's process exited with 0" }],
  ["abort", { code: "crashed", message: "the executor's process was ended by SIGABRT" }],
  [
    "throw-late",
    {
      code: "crashed",
      message: "the executor's process exited with 1: TypeError: thrown where nobody listens",
    },
  ],
  [
    "reject",
    {
      code: "crashed",
      message: "the executor's process exited with 1: Error: rejected where nobody listens",
    },
  ],
  ["heap", { code: "out-of-memory", message: "the executor's process has used up its memory" }],
  ["buffers", { code: "out-of-memory", message: "the executor's process uses over 400 MiB" }],
  ["shout", { code: "flooded", message: "the executor's process wrote more than anybody reads" }],
  ["begin-again", { code: "crashed", message: "the executor's process said what nobody asked" }],
] as const)
  test(`an execution that would ${type} fails alone: the next one has a new child`, async () => {
    const pid = await pidOf();
    await assert.rejects(run(type), expected);
    assert.notEqual(await pidOf(), pid);
    assert.equal(isAlive(pid), false);
  });

test("a child that speaks past its executor is heard no further than a line's length", async () => {
  const pid = await pidOf();
  // Its first words are a result as good as another; what follows is not.
  assert.deepEqual(await run("speak-in-its-place"), { kind: "done", result: "forged" });
  await until(() => !isAlive(pid));
  assert.notEqual(await pidOf(), pid);
});

test("a loop is killed when its time is up, and so is what it started; nothing of it is left when that is told", async () => {
  for (const type of ["loop", "hang"]) {
    const file = join(folder, type);
    const timeout = new AbortController();
    const running = run(type, { payload: { file }, signal: timeout.signal });
    await until(() => existsSync(file) && readFileSync(file, "utf8") !== "");
    const pids = (await readFile(file, "utf8")).split(" ").map(Number);
    timeout.abort(new Error("its time is up"));
    await assert.rejects(running, /its time is up/);
    await until(() => !pids.some(isAlive));
  }
});

test("work that is stopped before a child has it never runs", async () => {
  const file = join(folder, "never");
  const first = new AbortController();
  const looping = run("loop", { payload: { file: join(folder, "first") }, signal: first.signal });
  const second = new AbortController();
  const queued = run("loop", { payload: { file }, signal: second.signal });
  second.abort(new Error("cancelled"));
  await assert.rejects(queued, /cancelled/);
  first.abort(new Error("enough"));
  await assert.rejects(looping, /enough/);
  await pidOf();
  assert.equal(existsSync(file), false);
});

test("what runs on behind its end takes nothing from the next execution", async () => {
  const watching = poolOf({ takesMs: 500 });
  assert.partialDeepStrictEqual(await watching.run(workOf("loop-behind")), { result: "done" });
  assert.partialDeepStrictEqual(await watching.run(workOf("say-who")), { kind: "done" });
  await watching.stop();
});

test("a child that has kept much of what it used is replaced when it has no work", async () => {
  const pid = await pidOf();
  assert.partialDeepStrictEqual(await run("leak-and-end"), { result: "done" });
  await until(() => !isAlive(pid));
  assert.notEqual(await pidOf(), pid);
});

test("checkpoints go to the worker one after the other, and the execution hears what became of them", async () => {
  const left: [number, Json][] = [];
  const checkpoint = async (progress: number, data: Json) => void left.push([progress, data]);
  assert.deepEqual(await run("checkpoints", { checkpoint }), { kind: "done", result: "done" });
  assert.deepEqual(left, [
    [0.5, { half: true }],
    [1, { whole: true }],
  ]);
  const lost = async () => assert.fail("the attempt is lost");
  assert.deepEqual(await run("checkpoints", { checkpoint: lost }), {
    kind: "failed",
    code: "error",
    message: "the attempt is lost",
    final: false,
  });
});

test("a child knows the kernel and what executors are to know, and no other secret", async () => {
  const reply = await run("environment");
  assert(reply.kind === "done");
  const names = reply.result as string[];
  assert.ok(names.includes("KERNEL_URL"));
  assert.deepEqual(
    names.filter((name) => /REDIS|ADMIN|TOKEN/.test(name)),
    [],
  );
});

test("children end with the worker, a looping one too", async () => {
  const file = join(folder, "orphan");
  const worker = spawn(process.execPath, [join(import.meta.dirname, "looping-worker.fixture.ts"), file], {
    env: ENVIRONMENT,
    stdio: "inherit",
  });
  const exited = once(worker, "exit");
  await until(() => existsSync(file) && readFileSync(file, "utf8") !== "");
  const pid = Number(readFileSync(file, "utf8"));
  worker.kill("SIGKILL");
  await exited;
  await until(() => !isAlive(pid));
});

test("a pool whose children do not start has work wait until one does", async () => {
  const late = join(folder, "late.ts");
  const slow = poolOf({ env: { ...ENVIRONMENT, SCHEDULER_EXECUTORS: late } });
  const reply = slow.run(workOf("say-who"));
  // Its first child finds no such module; another follows.
  await writeFile(late, `export { executors } from ${JSON.stringify(EXECUTORS)};`);
  assert.partialDeepStrictEqual(await reply, { kind: "done" });
  assert.equal(slow.ready, 1);
  await slow.stop();
  assert.equal(slow.ready, 0);
});
