import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { createLogger } from "@oms/chassis/log.ts";
import supertest from "supertest";
import { embeddings } from "../core/embeddings/index.ts";
import type { Embeddings, StoreReply } from "../core/embeddings/port.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { Sweep } from "./sweep.ts";

/** What stands between a write and the door: whether a store gets through, and who hears of it when it did. */
const gate = {
  pass: async (): Promise<void> => {},
  passed: (_id: string) => {},
};
const gated: Pick<Embeddings, "store"> = {
  async store(request): Promise<StoreReply> {
    await gate.pass();
    const reply = await embeddings.store(request);
    gate.passed(request.id);
    return reply;
  },
};
const broken = async () => {
  throw new ServiceError("UNAVAILABLE", "the index is away");
};
const open = async () => {};
const indexed = (id: string, times = 1) =>
  new Promise<void>((resolve) => {
    let left = times;
    gate.passed = (passed) => passed === id && --left === 0 && resolve();
  });

let oms: Oms;
before(async () => {
  oms = await startOms({ embeddings: gated, waitMs: 300, retryMs: 20 });
  const properties = [{ name: "name", type: "string" }];
  await supertest(oms.app).put("/object-types/Place").send({ properties }).expect(201);
});
after(() => oms.stop());

const write = (id: string, name: string) =>
  supertest(oms.app).put(`/objects/${id}`).send({ type: "Place", properties: { name } });
async function textsOf(query: string): Promise<string[]> {
  const { hits } = await embeddings.search({ branch: "main", query, k: 100, types: [] });
  return hits.map(({ text }) => text);
}
async function counted(outcome: string): Promise<number> {
  const metric = await oms.metrics.registry.getSingleMetric("oms_indexing_total")?.get();
  return metric?.values.find(({ labels }) => labels["outcome"] === outcome)?.value ?? 0;
}

describe("indexing what is written", () => {
  it("fails no write when the index is away, counts it, and makes it good when the index is back", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    gate.pass = () => {
      gate.pass = () => held;
      return broken();
    };
    const failed = await counted("failed");
    await write("lake", "a lake between mountains").expect(201);
    assert.equal(await counted("failed"), failed + 1);
    assert.deepEqual(await textsOf("a lake"), []);
    const good = indexed("lake");
    gate.pass = open;
    release();
    await good;
    assert.deepEqual(await textsOf("a lake"), ["a lake between mountains"]);
  });

  it("lets a write wait only so long", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    gate.pass = () => held;
    const late = await counted("late");
    await write("slow", "a slow river").expect(201);
    assert.equal(await counted("late"), late + 1);
    const good = indexed("slow");
    gate.pass = open;
    release();
    await good;
    assert.ok((await textsOf("a slow river")).includes("a slow river"));
  });

  it("ends with the newest text when an older write's index comes late", async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    gate.pass = () => held;
    const both = indexed("changing", 2);
    await write("changing", "a wooden bridge").expect(201);
    gate.pass = open;
    await write("changing", "a stone bridge").expect(200);
    release();
    await both;
    const texts = await textsOf("a bridge");
    assert.deepEqual([texts.includes("a stone bridge"), texts.includes("a wooden bridge")], [true, false]);
  });

  it("makes a failed deletion good", async () => {
    const there = indexed("gone");
    await write("gone", "a tower that will fall").expect(201);
    await there;
    gate.pass = broken;
    await supertest(oms.app).delete("/objects/gone").expect(204);
    assert.ok((await textsOf("a tower")).includes("a tower that will fall"));
    const good = indexed("gone");
    gate.pass = open;
    await good;
    assert.equal((await textsOf("a tower")).includes("a tower that will fall"), false);
  });
});

describe("indexing what a commit event tells of", () => {
  const revisionOf = async (id: string) => {
    const found = await oms.kernel.get("dev/oms/main", `Object/${id}`);
    return found?.revision;
  };
  const stores = (id: string) => {
    let count = 0;
    gate.passed = (passed) => {
      if (passed === id) count += 1;
    };
    return () => count;
  };

  it("does nothing where this process has indexed the object as of that revision", async () => {
    const count = stores("told");
    await write("told", "a windmill").expect(201);
    const target = { branch: "main", id: "told", type: "Place" };
    const revision = await revisionOf("told");
    await oms.indexing.bringAsOf(target, revision);
    assert.equal(count(), 1);
    await oms.indexing.bringAsOf(target, "another");
    assert.equal(count(), 2);
    await oms.indexing.bringAsOf(target, undefined);
    assert.equal(count(), 3);
  });

  it("says why it failed, and leaves trying again to whoever asked", async () => {
    await write("failing", "a watermill").expect(201);
    const target = { branch: "main", id: "failing", type: "Place" };
    gate.pass = broken;
    await assert.rejects(oms.indexing.bringAsOf(target, "another"), /the index is away/);
    gate.pass = open;
    const count = stores("failing");
    await oms.indexing.bringAsOf(target, "another");
    assert.equal(count(), 1);
  });
});

describe("the sweep at start", () => {
  it("indexes what a stopped process left, deletions and other branches too", async () => {
    const { kernel, sweep } = oms;
    const put = (branch: string, id: string, name: string) =>
      kernel.commit({
        branch: `dev/oms/${branch}`,
        message: "left behind",
        writes: [
          {
            put: {
              id: `Object/${id}`,
              type: "Object/Place",
              body: { id, type: "Place", properties: { name } },
            },
          },
        ],
      });
    await put("main", "left", "a forest left behind");
    await put("draft", "left", "a meadow left behind");
    const there = indexed("deleted");
    await write("deleted", "a cliff that is gone").expect(201);
    await there;
    await kernel.commit({ branch: "dev/oms/main", message: "left", writes: [{ delete: "Object/deleted" }] });

    assert.ok((await sweep.all()) >= 3);
    assert.ok((await textsOf("a forest")).includes("a forest left behind"));
    assert.equal((await textsOf("a cliff")).includes("a cliff that is gone"), false);
    const { hits } = await embeddings.search({ branch: "draft", query: "a meadow", k: 1, types: [] });
    assert.equal(hits[0]?.text, "a meadow left behind");
  });

  it("ends when it is told to", async () => {
    const { kernel, indexing } = oms;
    const signal = AbortSignal.abort();
    const sweep = new Sweep({ kernel, env: "dev", indexing, logger: createLogger("oms", "silent"), signal });
    assert.equal(await sweep.all(), 0);
  });
});
