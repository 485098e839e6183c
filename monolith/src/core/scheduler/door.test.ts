import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { strangler } from "../../strangler.ts";
import { type Oms, schedulerSettings, startOms } from "../../testing/oms.ts";
import { type Service, startSchedulerService } from "../../testing/scheduler-service.ts";
import { scheduler } from "./index.ts";
import { configureScheduler } from "./sides.ts";

let oms: Oms;
let service: Service;

before(async () => {
  oms = await startOms();
  service = await startSchedulerService(oms.kernelAddress);
  configureScheduler({ ...schedulerSettings(oms.kernel), serviceAddress: service.address });
});
after(async () => {
  await strangler.stop();
  await service.stop();
  await oms.stop();
});

const spec = (id: string) =>
  ({ id, type: "branch-gc", payload: { olderThanDays: 9 }, schedule: { kind: "manual" } }) as const;
const ownerOf = async (id: string) => (await scheduler.register(spec(id))).job.owner;
const run = (id: string, key = "the-key") =>
  runInContext(newContext({ key }), async () => (await scheduler.runNow({ id })).execution.id);
/** As long as a caller's key may be. */
const LONG = "k".repeat(200);

let ran: string;
let longRan: string;

it("the door answers in process before the strangler is started", async () => {
  assert.equal(await ownerOf("one"), "in-process");
  ran = await run("one");
  longRan = await run("one", LONG);
});

it("the door sends calls to the service when the environment says so, and ids made on one side work on the other", async () => {
  await strangler.start({ overrides: { scheduler: "true" }, log: { info: () => {}, warn: () => {} } });
  assert.equal(await ownerOf("two"), "extracted");
  assert.equal((await scheduler.execution({ id: ran })).execution.job, "one");
  assert.equal(await run("one"), ran, "a run-now is repeated under its key, whichever side it was made on");
  assert.equal(await run("one", LONG), longRan, "a key that is as long as it may be works on both sides");
  assert.equal((await scheduler.executions({ job: "one" })).executions.length, 2);
});

it("the door answers in process when the service is gone", async () => {
  await service.stop();
  assert.equal(await ownerOf("three"), "in-process");
  assert.equal(await run("one"), ran);
  assert.equal((await scheduler.get({ id: "two" })).job.owner, "extracted");
});
