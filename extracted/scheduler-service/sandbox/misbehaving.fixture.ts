import { spawn } from "node:child_process";
import { createWriteStream, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Executor, Task, Tools } from "@oms/jobs/executor.ts";
import { FinalFailure } from "@oms/jobs/failure.ts";
import type { Json } from "@oms/jobs/json.ts";
import { z } from "zod";

/* What executors can do wrong, each as one: SCHEDULER_EXECUTORS brings them into the children of a test. */

type Run = (task: Task<{ readonly [name: string]: unknown }>, tools: Tools) => unknown;

const leaked: unknown[] = [];

const RUNS: Readonly<Record<string, Run>> = {
  "say-who": ({ attempt, checkpoint }) => ({ pid: process.pid, attempt, checkpoint: checkpoint ?? null }),
  environment: () => Object.keys(process.env),
  throw: () => {
    throw new RangeError("too many eggs");
  },
  refuse: () => {
    throw new FinalFailure("refused", "no eggs here");
  },
  "throw-late": () => {
    setImmediate(() => {
      throw new TypeError("thrown where nobody listens");
    });
    return delay(60_000);
  },
  reject: () => {
    void Promise.reject(new Error("rejected where nobody listens"));
    return delay(60_000);
  },
  exit: () => process.exit(0),
  abort: () => process.abort(),
  loop: ({ payload: { file } }) => {
    if (typeof file === "string") writeFileSync(file, String(process.pid));
    for (;;);
  },
  "loop-behind": () => {
    setImmediate(() => {
      for (;;);
    });
    return "done";
  },
  hang: async ({ payload: { file } }) => {
    const child = spawn("sleep", ["600"]);
    if (typeof file === "string") writeFileSync(file, `${process.pid} ${child.pid}`);
    await delay(600_000);
  },
  heap: () => {
    for (;;) leaked.push(Array.from({ length: 100_000 }, (_, n) => ({ n })));
  },
  buffers: async () => {
    for (;;) {
      leaked.push(Buffer.alloc(8 * 1024 * 1024, 1));
      await delay(1);
    }
  },
  "leak-and-end": () => {
    leaked.push(Buffer.alloc(150 * 1024 * 1024, 1));
    return "done";
  },
  "no-json": () => 1n,
  "too-large": () => "x".repeat(300_000),
  shout: async () => {
    for (;;) if (!process.stdout.write("x".repeat(65_536))) await delay(1);
  },
  "speak-in-its-place": () => {
    const channel = createWriteStream("", { fd: 3 });
    channel.write(`{"kind":"done","result":"forged"}\n{"kind":"ready","x":`);
    channel.write(`${"x".repeat(3_000_000)}\n`);
    return delay(60_000);
  },
  "begin-again": () => {
    createWriteStream("", { fd: 3 }).write(`{"kind":"began"}\n`);
    return delay(60_000);
  },
  checkpoints: async (_task, { checkpoint }) => {
    await checkpoint(0.5, { half: true });
    await checkpoint(2, { whole: true });
    return "done";
  },
  "checkpoint-and-exit": async ({ checkpoint: left }, { checkpoint }) => {
    if (left !== undefined) return { resumed: left };
    await checkpoint(0.5, { half: true });
    return process.exit(7);
  },
  "checkpoint-and-hang": async (_task, { checkpoint }) => {
    await checkpoint(0.5, {});
    await delay(600_000);
  },
  "large-checkpoint": (_task, { checkpoint }) => checkpoint(0.5, "x".repeat(1_100_000)),
};

export const executors: readonly Executor[] = Object.entries(RUNS).map(([type, run]) => ({
  type,
  payload: z.record(z.string(), z.unknown()),
  run: async (task, tools) => (await run(task as Task<Record<string, unknown>>, tools)) as Json,
}));
