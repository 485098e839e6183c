import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import type { Owner } from "@oms/jobs/job.ts";
import { Registry } from "prom-client";
import { Ownership } from "./ownership.ts";

type State = "active" | "paused" | "cancelled";
type Authority = Owner | undefined;

/** Jobs by id, an authority for all of them, and the moves that were made. */
function world(owners: Record<string, Owner>, authority: Authority) {
  const jobs = new Map(
    Object.entries(owners).map(([id, owner]) => [id, { owner, state: "active" as State }]),
  );
  const registry = new Registry();
  const stuck = new Set<string>();
  const there = { jobs, registry, stuck, authority };
  const ownership = new Ownership({
    authorityNow: () => () => there.authority,
    async move(job, to) {
      if (stuck.has(job)) throw new Error("the kernel is away");
      const known = jobs.get(job) ?? assert.fail();
      jobs.set(job, { ...known, owner: to });
    },
    log: createLogger("oms", "silent"),
    registry,
  });
  const round = () => ownership.round(Array.from(jobs, ([id, job]) => ({ id, ...job })));
  const ownersNow = () => Object.fromEntries(Array.from(jobs, ([id, { owner }]) => [id, owner]));
  return Object.assign(there, { round, ownersNow });
}

describe("the owners of jobs", () => {
  it("stay where they are when they are where the calls are", async () => {
    const { round, ownersNow } = world({ a: "extracted", b: "extracted" }, "extracted");
    assert.deepEqual([await round(), await round()], [0, 0]);
    assert.deepEqual(ownersNow(), { a: "extracted", b: "extracted" });
  });

  it("are moved to where the calls are once that was seen twice", async () => {
    const { round, ownersNow } = world({ a: "in-process", b: "extracted", c: "in-process" }, "extracted");
    assert.equal(await round(), 0);
    assert.equal(await round(), 2);
    assert.deepEqual(ownersNow(), { a: "extracted", b: "extracted", c: "extracted" });
    assert.equal(await round(), 0);
  });

  it("do not follow a stage that changed and changed back", async () => {
    const there = world({ a: "in-process" }, "extracted");
    await there.round();
    there.authority = "in-process";
    await there.round();
    there.authority = "extracted";
    assert.equal(await there.round(), 0);
  });

  it("stay while what is known of the stage may be out of date, and what was seen before counts no more", async () => {
    const there = world({ a: "in-process" }, "extracted");
    await there.round();
    there.authority = undefined;
    assert.equal(await there.round(), 0);
    there.authority = "extracted";
    assert.deepEqual([await there.round(), await there.round()], [0, 1]);
  });

  it("do not matter any more once a job is cancelled, and do while it is paused", async () => {
    const there = world({ gone: "in-process", paused: "in-process" }, "extracted");
    there.jobs.set("gone", { owner: "in-process", state: "cancelled" });
    there.jobs.set("paused", { owner: "in-process", state: "paused" });
    await there.round();
    await there.round();
    assert.deepEqual(there.ownersNow(), { gone: "in-process", paused: "extracted" });
  });

  it("that could not be moved are tried again, and keep no other from moving", async () => {
    const there = world({ a: "in-process", b: "in-process" }, "extracted");
    there.stuck.add("a");
    await there.round();
    assert.equal(await there.round(), 1);
    assert.deepEqual(there.ownersNow(), { a: "in-process", b: "extracted" });
    there.stuck.clear();
    assert.equal(await there.round(), 1);
  });

  it("that are astray, and those that were moved, are figures for Prometheus", async () => {
    const there = world({ a: "in-process", b: "in-process" }, "extracted");
    await there.round();
    assert.match(await there.registry.metrics(), /^oms_scheduler_jobs_astray 2$/m);
    await there.round();
    await there.round();
    const figures = await there.registry.metrics();
    assert.match(figures, /^oms_scheduler_jobs_astray 0$/m);
    assert.match(figures, /^oms_scheduler_jobs_moved_total\{to="extracted"\} 2$/m);
  });
});
