import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { loadConfig } from "@oms/chassis/config.ts";
import { addressRules } from "@oms/chassis/http/address.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import type { Tools } from "@oms/jobs/executor.ts";
import { builtInExecutors } from "@oms/jobs/executors/built-in.ts";
import { loadExecutors } from "@oms/jobs/executors/load.ts";
import { createRegistry } from "@oms/jobs/executors/registry.ts";
import { requireCheckpoint } from "@oms/jobs/executors/result.ts";
import { failureOf } from "@oms/jobs/failure.ts";
import { embedThrough } from "../embed.ts";
import { childConfig } from "./config.ts";
import { readLines, writeLine } from "./lines.ts";
import { CHANNEL_FD, type FromChild, type ToChild } from "./messages.ts";

/*
 * A child: runs one execution at a time for the worker that started it. It is never asked to stop: at a timeout or a
 * cancellation it is killed.
 */

new Worker(new URL("./lifeline.ts", import.meta.url), { stdin: false }).unref();
const channel = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const say = (message: FromChild) => writeLine(channel, message);

const config = loadConfig(childConfig);
const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
const registry = createRegistry([
  ...builtInExecutors({
    embed: await embedThrough(config),
    callbacks: addressRules(config.SCHEDULER_CALLBACK_ALLOW, "SCHEDULER_CALLBACK_ALLOW"),
  }),
  ...(await loadExecutors(config.SCHEDULER_EXECUTORS)),
]);

/** What the worker is to say of the last checkpoint. */
let keeping = Promise.withResolvers<void>();
/** One after the other. */
let kept: Promise<unknown> = Promise.resolve();

function checkpoint(progress: number, data: unknown): Promise<void> {
  const keep = async () => {
    const stored = requireCheckpoint(data);
    keeping = Promise.withResolvers();
    say({ kind: "checkpoint", progress: Math.min(1, Math.max(0, progress)), data: stored });
    await keeping.promise;
  };
  const next = kept.then(keep);
  kept = next.catch(() => {});
  return next;
}

const tools: Tools = { kernel, env: config.OMS_ENV, signal: new AbortController().signal, checkpoint };

async function run({ type, task }: Extract<ToChild, { kind: "run" }>): Promise<void> {
  say({ kind: "began" });
  try {
    const result = await registry.run(type, task, tools);
    say({ kind: "done", result });
  } catch (error) {
    say({ kind: "failed", ...failureOf(error) });
  }
}

readLines(channel, {
  line(line) {
    const message = JSON.parse(line) as ToChild;
    if (message.kind === "run") void run(message);
    else if (message.error === undefined) keeping.resolve();
    else keeping.reject(new Error(message.error));
  },
  tooLong() {
    throw new Error("the worker said too much");
  },
});
say({ kind: "ready" });
