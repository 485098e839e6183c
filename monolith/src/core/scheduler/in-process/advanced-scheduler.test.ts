import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, afterEach, before, it } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { startTestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import type { Execution } from "@oms/jobs/execution.ts";
import { isLive } from "@oms/jobs/job-state.ts";
import type { JobSpec, Scheduler } from "@oms/jobs/port.ts";
import { JobsView } from "@oms/jobs/view.ts";
import { startKernel } from "../../../testing/processes.ts";
import { type AdvancedScheduler, openAdvancedScheduler } from "./advanced-scheduler.ts";
import { made } from "./executors.fixture.ts";
import type { Opening } from "./opening.ts";

let process: Awaited<ReturnType<typeof startKernel>>;
let kernel: Kernel;
const opened: { readonly scheduler: AdvancedScheduler; readonly view: JobsView }[] = [];

before(async () => {
  process = await startKernel();
  kernel = connectKernel({ address: process.address });
});
afterEach(async () => {
  for (const { scheduler, view } of opened.splice(0)) {
    await scheduler.stop();
    view.close();
  }
});
after(async () => {
  kernel.close();
  await process.stop();
});

type Opened = {
  readonly methods: Scheduler;
  readonly scheduler: AdvancedScheduler;
  /** The execution as soon as it is as `wanted`. */
  readonly execution: (id: string, wanted?: (execution: Execution) => boolean) => Promise<Execution>;
};

/** A scheduler of its own on an environment of its own, unless `env` names one. */
async function open(env = `e${randomUUID()}`, differing: Partial<Opening> = {}): Promise<Opened> {
  const log = createLogger("oms", "silent");
  const view = await JobsView.open({ kernel, env, log, pollMs: 20, ...differing });
  const settings = { timers: true, leaseMs: 15_000, concurrency: 4, windowMs: 0 };
  const executorModules = join(import.meta.dirname, "executors.fixture.ts");
  const place = { kernel, env, view, log, embed: async () => assert.fail() };
  const scheduler = await openAdvancedScheduler({ ...place, ...settings, executorModules, ...differing });
  opened.push({ scheduler, view });
  const seen = new Map<string, Execution>();
  const listeners = new Set<() => void>();
  view.onChange((change) => {
    if (change.kind !== "execution") return;
    const { body } = change.document;
    seen.set(`${body.job}/${body.tick}`, body);
    for (const listener of listeners) listener();
  });
  const execution: Opened["execution"] = (id, wanted = (of) => !isLive(of)) =>
    new Promise((resolve) => {
      const look = () => {
        const known = [...seen].find(([name, of]) => name.startsWith(id) && wanted(of))?.[1];
        if (!known) return;
        listeners.delete(look);
        resolve(known);
      };
      listeners.add(look);
      look();
    });
  return { methods: scheduler.methods, scheduler, execution };
}

const manual = (id: string, type: string, more: Partial<JobSpec> = {}): JobSpec => ({
  id,
  type,
  schedule: { kind: "manual" },
  ...more,
});
const attemptsOf = ({ attempts }: Execution) => attempts.map(({ outcome, error }) => [outcome, error?.code]);

it("a job fires when its time comes, and its work is done once", async () => {
  const { methods, execution } = await open();
  await methods.register(manual("tick", "works", { schedule: { kind: "interval", everyMs: 1000 } }));
  const first = await execution("tick/");
  const second = await execution("tick/", ({ status, tick }) => status === "done" && tick !== first.tick);
  for (const { status, result, claimedBy, attempts, tick } of [first, second]) {
    assert.deepEqual([status, result, claimedBy, attempts.length], ["done", { attempt: 1 }, "in-process", 1]);
    assert.equal(made.filter((attempt) => attempt === `tick/${tick} 1`).length, 1);
  }
  assert.equal((second.plannedMs - first.plannedMs) % 1000, 0);
});

it("what fails is tried again as often as it may be, and its history says why it failed", async () => {
  const { methods, execution } = await open();
  const retry = { attempts: 3, backoffMs: 1, maxBackoffMs: 5 };
  await methods.register(manual("sunday", "fails", { retry }));
  const { execution: asked } = await methods.runNow({ id: "sunday" });
  const ended = await execution(asked.id);
  assert.equal(ended.status, "failed");
  assert.deepEqual(attemptsOf(ended), Array(3).fill(["failed", "UNAVAILABLE"]));
});

it("the next attempt goes on from what the last one left", async () => {
  const { methods, execution } = await open();
  await methods.register(manual("long", "continues", { retry: { backoffMs: 1 } }));
  const { execution: asked } = await methods.runNow({ id: "long" });
  assert.equal((await execution(asked.id)).result, "so far");
});

it("an attempt ends at its timeout, whether it listens or not", async () => {
  const { methods, execution } = await open();
  for (const type of ["waits", "ignores"]) {
    await methods.register(manual(type, type, { timeoutMs: 50, retry: { attempts: 1 } }));
    const { execution: asked } = await methods.runNow({ id: type });
    const ended = await execution(asked.id);
    assert.deepEqual([ended.status, ...attemptsOf(ended)], ["failed", ["timeout", "timeout"]]);
  }
});

it("with room for one, what is urgent goes first", async () => {
  const env = `e${randomUUID()}`;
  const { methods } = await open(env, { timers: false });
  for (const [id, priority] of [
    ["low", 0],
    ["high", 9],
    ["middle", 5],
  ] as const)
    await methods.register(manual(id, "works", { priority }));
  const asked = await Promise.all(["low", "high", "middle"].map((id) => methods.runNow({ id })));
  const { execution } = await open(env, { concurrency: 1 });
  await Promise.all(asked.map((each) => execution(each.execution.id)));
  const order = made.flatMap((attempt) => asked.filter((each) => attempt === `${each.execution.id} 1`));
  assert.deepEqual(
    order.map((each) => each.execution.job),
    ["high", "middle", "low"],
  );
});

it("a job waits for those it depends on, and is skipped when one of them failed", async () => {
  const { methods, execution } = await open();
  await methods.register(manual("first", "works"));
  await methods.register(manual("broken", "fails", { retry: { attempts: 1 } }));
  await methods.register(manual("after", "works", { dependsOn: ["first"] }));
  await methods.register(manual("never", "works", { dependsOn: ["first", "broken"] }));
  const waiting = (await methods.runNow({ id: "after" })).execution;
  const skipped = (await methods.runNow({ id: "never" })).execution;
  await execution((await methods.runNow({ id: "broken" })).execution.id);
  assert.equal((await execution(skipped.id)).reason, "dependency");
  assert.equal((await methods.execution(waiting)).execution.status, "waiting");
  await methods.runNow({ id: "first" });
  assert.equal((await execution(waiting.id)).status, "done");
});

it("cancelling a job stops what runs", async () => {
  const { methods, execution } = await open();
  await methods.register(manual("endless", "waits"));
  const { id } = (await methods.runNow({ id: "endless" })).execution;
  await execution(id, ({ status }) => status === "running");
  await methods.cancel({ id: "endless" });
  const ended = await execution(id);
  assert.deepEqual(attemptsOf(ended), [["cancelled", undefined]]);
});

it("a process that stops gives back what it could not end, and another one takes it up", async () => {
  const env = `e${randomUUID()}`;
  const first = await open(env);
  await first.methods.register(manual("endless", "waits", { retry: { backoffMs: 0 } }));
  await first.methods.register(manual("just-once", "ignores", { effect: "once" }));
  const ids = await Promise.all(
    ["endless", "just-once"].map(async (id) => (await first.methods.runNow({ id })).execution.id),
  );
  for (const id of ids) await first.execution(id, ({ status }) => status === "running");
  const second = await open(env);
  await first.scheduler.stop();
  const again = await second.execution(ids[0] ?? "", ({ attempts }) => attempts.length === 2);
  assert.deepEqual(attemptsOf(again)[0], ["failed", "stopped"]);
  assert.equal((await second.execution(ids[1] ?? "")).status, "unknown");
});

it("a process stops although the kernel is away", async () => {
  const away = await startTestKernel();
  const { methods, scheduler, execution } = await open("dev", { kernel: away.kernel });
  await methods.register(manual("endless", "ignores"));
  const { id } = (await methods.runNow({ id: "endless" })).execution;
  await execution(id, ({ status }) => status === "running");
  away.signal("SIGKILL");
  await scheduler.stop();
  await away.stop();
});
