import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { createLogger } from "@oms/chassis/log.ts";
import type { Owner } from "@oms/jobs/job.ts";
import { strangler } from "../../strangler.ts";
import { type Oms, schedulerSettings, startOms } from "../../testing/oms.ts";
import { type Service, startSchedulerService } from "../../testing/scheduler-service.ts";
import { scheduler } from "./index.ts";
import { configureScheduler } from "./sides.ts";
import { Upkeep } from "./upkeep.ts";

let oms: Oms;
let service: Service;
let upkeep: Upkeep;

before(async () => {
  oms = await startOms();
  service = await startSchedulerService(oms.kernelAddress);
  configureScheduler({ ...schedulerSettings(oms.kernel), serviceAddress: service.address });
  const { kernel, metrics } = oms;
  const place = {
    kernel,
    env: "dev",
    scheduler,
    log: createLogger("oms", "silent"),
    registry: metrics.registry,
  };
  upkeep = new Upkeep({ ...place, builtIn: { branchGcDays: 30 }, roundMs: 50 });
});
after(async () => {
  await upkeep.stop();
  await strangler.stop();
  await service.stop();
  await oms.stop();
});

/** Resolves when a job is as `wanted`; a job that never gets there runs into the test's own end. */
async function until(id: string, wanted: (owner: Owner) => boolean): Promise<void> {
  for (;;) {
    const known = await scheduler.get({ id }).catch((error: unknown) => {
      if (!(error instanceof ServiceError && error.code === "NOT_FOUND")) throw error;
    });
    if (known && wanted(known.job.owner)) return;
    await wait(20);
  }
}

it("OMS registers its own jobs, and leaves alone what somebody did to them", async () => {
  upkeep.begin();
  await until("oms-branch-gc", () => true);
  await until("oms-reembed", () => true);
  const { job } = await scheduler.get({ id: "oms-branch-gc" });
  assert.deepEqual(job.payload, { olderThanDays: 30, dryRun: false });
  assert.deepEqual(job.tags, ["built-in"]);
});

it("a job's time is kept in this process from OMS's start on, without a call", async () => {
  await scheduler.register({
    id: "each-second",
    type: "branch-gc",
    payload: { olderThanDays: 9, dryRun: true },
    schedule: { kind: "interval", everyMs: 1000 },
  });
  for (;;) {
    const { executions } = await scheduler.executions({ job: "each-second" });
    if (executions.some(({ status }) => status === "done")) break;
    await wait(20);
  }
});

it("jobs follow their calls to the service, and back", async () => {
  const log = { info: () => {}, warn: () => {} };
  await strangler.start({ overrides: { scheduler: "true" }, log });
  for (const id of ["each-second", "oms-reembed"]) await until(id, (owner) => owner === "extracted");
  await strangler.start({ overrides: { scheduler: "false" }, log });
  for (const id of ["each-second", "oms-reembed"]) await until(id, (owner) => owner === "in-process");
  const moved = /oms_scheduler_jobs_moved_total\{.*to="in-process".*\} [1-9]/;
  while (!moved.test(await oms.metrics.registry.metrics())) await wait(20);
});
