import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { JobSpec, Scheduler } from "@oms/jobs/port.ts";
import type { Call } from "@oms/proxy/model/call.ts";
import type { Method } from "@oms/proxy/model/capability.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import { host } from "../../strangler.ts";
import { type Oms, schedulerSettings, startOms } from "../../testing/oms.ts";
import { type Service, startSchedulerService } from "../../testing/scheduler-service.ts";
import { migration } from "./migration.ts";
import { configureScheduler } from "./sides.ts";

let oms: Oms;
let service: Service;
let sides: Record<"in-process" | "extracted", Scheduler>;

before(async () => {
  oms = await startOms();
  service = await startSchedulerService(oms.kernelAddress);
  configureScheduler({ ...schedulerSettings(oms.kernel), serviceAddress: service.address });
  sides = { "in-process": await migration.inProcess(), extracted: await migration.extracted() };
});
after(async () => {
  await service.stop();
  await oms.stop();
});

type Request<M extends keyof Scheduler> = Parameters<Scheduler[M]>[0];
let calls = 0;

/** Calls the authority, lets `meanwhile` happen, then watches the other side and compares, as the strangler does. */
async function compared<M extends keyof Scheduler>(
  [authority, watched]: readonly [Scheduler, Scheduler],
  [method, request]: readonly [M, Request<M>],
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Comparison> {
  const call: Call = { key: `call-${++calls}`, shadow: false, watched: true };
  const ask = (side: Scheduler) => (side[method] as (of: Request<M>) => Promise<never>)(request);
  const answer = await host.enter(call, () => ask(authority));
  await meanwhile();
  const other = await host.enter({ key: call.key, shadow: true, of: call }, () => ask(watched));
  const { compare } = migration.methods[method] as unknown as Method<(of: Request<M>) => Promise<never>>;
  return compare(answer, other, [request]);
}

const MATCH = { outcome: "match" };
const PLACES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/St_Johns",
  "Asia/Seoul",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Africa/Casablanca",
];
/** Fifty of them reach over every clock change of a year. */
const PATTERNS = ["30 2 * * SUN", "0 0 1 * *", "59 1 * * *", "*/20 1-3 * * SUN#2,SUNL"];

for (const [name, other] of [
  ["in-process", "extracted"],
  ["extracted", "in-process"],
] as const)
  describe(`${name} is the authority, ${other} is watched`, () => {
    const pair = () => [sides[name], sides[other]] as const;
    const spec = (id: string, more: Partial<JobSpec> = {}): JobSpec => ({
      id: `${id}-${name}`,
      type: "branch-gc",
      payload: { olderThanDays: 9, dryRun: true },
      schedule: { kind: "manual" },
      ...more,
    });

    it("a job's whole life is done alike, step by step", async () => {
      const { id } = spec("life");
      const schedule = { kind: "cron", expression: "0 4 * * *", zone: "Asia/Seoul" } as const;
      assert.deepEqual(await compared(pair(), ["register", spec("life", { schedule })]), MATCH);
      const update = { id, priority: 9, schedule: { ...schedule, expression: "15 4 * * *" } };
      assert.deepEqual(await compared(pair(), ["update", update]), MATCH);
      for (const method of ["runNow", "pause", "get", "resume", "cancel", "get"] as const)
        assert.deepEqual(await compared(pair(), [method, { id }]), MATCH, method);
      assert.deepEqual(await compared(pair(), ["register", spec("life")]), MATCH, "anew");
      assert.deepEqual(await compared(pair(), ["list", {}]), MATCH);
      assert.deepEqual(await compared(pair(), ["executions", { job: id }]), MATCH);
    });

    it("jobs fire alike in every zone and over every clock change", async () => {
      for (const [n, zone] of PLACES.entries())
        for (const [m, expression] of PATTERNS.entries()) {
          const schedule = { kind: "cron", expression, zone } as const;
          const request = spec(`zone-${n}-${m}`, { schedule });
          assert.deepEqual(await compared(pair(), ["register", request]), MATCH, `${expression} ${zone}`);
        }
      const interval = spec("interval", { schedule: { kind: "interval", everyMs: 7_777_777 } });
      assert.deepEqual(await compared(pair(), ["register", interval]), MATCH);
      const once = spec("once", { schedule: { kind: "once", atMs: Date.now() + 3_600_000 } });
      assert.deepEqual(await compared(pair(), ["register", once]), MATCH);
    });

    it("a watched write is as of what the authority read, and stores nothing", async () => {
      const request = spec("pinned", { schedule: { kind: "cron", expression: "0 5 * * *" } });
      const { id } = request;
      const comparison = await compared(pair(), ["register", request], () => sides[name].cancel({ id }));
      assert.deepEqual(comparison, MATCH);
      const change = { id, tags: ["new"] };
      await sides[name].register(request);
      const meanwhile = () => sides[other].update({ id, priority: 1 });
      assert.deepEqual(await compared(pair(), ["update", change], meanwhile), MATCH);
      const { job } = await sides[other].get({ id });
      assert.deepEqual([job.tags, job.priority, job.state], [["new"], 1, "active"]);
    });

    it("both refuse alike, which is compared as well", async () => {
      const unknown = { id: "nowhere" };
      const errors = await Promise.all(pair().map((side) => side.cancel(unknown).catch(String)));
      assert.equal(errors[0], errors[1]);
    });
  });

it("what a side registers is its own, and both serve the jobs of the other", async () => {
  const owners = await Promise.all(
    (["in-process", "extracted"] as const).map(async (name) => {
      const id = `own-${name}`;
      await sides[name].register({
        id,
        type: "branch-gc",
        payload: { olderThanDays: 9 },
        schedule: { kind: "manual" },
      });
      return (await sides[name === "extracted" ? "in-process" : "extracted"].get({ id })).job.owner;
    }),
  );
  assert.deepEqual(owners, ["in-process", "extracted"]);
});

it("what one side's timers fire, those of the other would have fired", async () => {
  const schedule = { kind: "interval", everyMs: 1000 } as const;
  const work = { type: "branch-gc", payload: { olderThanDays: 9, dryRun: true }, overlap: "allow" } as const;
  const { job } = await sides["in-process"].register({ id: "each-second", ...work, schedule });
  const fromMs = job.floorMs;
  // Both have seen three ticks when the third one has ended.
  for (;;) {
    const { executions } = await sides.extracted.executions({ job: "each-second" });
    if (executions.filter(({ status }) => status === "done").length >= 3) break;
    await wait(20);
  }
  const window = { fromMs, toMs: fromMs + 3000 };
  assert.deepEqual(await compared([sides["in-process"], sides.extracted], ["fires", window]), MATCH);
});
