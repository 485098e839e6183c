import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type CallContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { MODEL_DIR } from "../../../testing/model.ts";
import { startKernel } from "../../../testing/processes.ts";
import type { Embeddings, StoreRequest } from "../port.ts";
import { openEmbeddings } from "./module.ts";

const modelVersion = "under-test";

let kernel: Kernel;
let embeddings: Embeddings;
let stop: () => Promise<void>;

before(async () => {
  const process = await startKernel();
  stop = process.stop;
  kernel = connectKernel({ address: process.address });
  for (const branch of ["main", "draft"]) await kernel.createBranch({ name: `dev/oms/${branch}` });
  embeddings = await openEmbeddings({ kernel, env: "dev", build: "b1", modelDir: MODEL_DIR, modelVersion });
});

after(async () => {
  kernel.close();
  await stop();
});

const inContext = <R>(known: Partial<CallContext>, run: () => Promise<R>) =>
  runInContext(newContext(known), run);
const store = (entry: Partial<StoreRequest> & { id: string; text: string }) =>
  embeddings.store({ branch: "main", type: "Place", ...entry });
const search = (query: string, branch = "main", types: string[] = []) =>
  embeddings.search({ branch, query, k: 10, types });
const ids = async (query: string, branch?: string, types?: string[]) =>
  (await search(query, branch, types)).hits.map(({ id }) => id);

async function refusal(run: () => Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError);
  return error;
}

describe("embedding in process", () => {
  it("answers unit vectors that put what is alike together", async () => {
    const { embeddings: all } = await embeddings.embedBatch({
      texts: ["a dog runs in the park", "a puppy is running outside", "quarterly tax report"],
    });
    const dot = (a: number, b: number) =>
      (all[a]?.vector ?? []).reduce((sum, value, index) => sum + value * (all[b]?.vector[index] ?? 0), 0);
    assert.ok(Math.abs(dot(0, 0) - 1) < 1e-5);
    assert.ok(dot(0, 1) > dot(0, 2) + 0.2);
  });

  it("answers the same vector alone, in a batch, from memory and in shadow", async () => {
    const texts = [
      "one short text",
      "another one that is quite a bit longer than the first",
      "one short text",
    ];
    const batch = await embeddings.embedBatch({ texts });
    const alone = await inContext({ shadow: true }, () => embeddings.embed({ text: texts[0] ?? "" }));
    assert.deepEqual(batch.embeddings[0], batch.embeddings[2]);
    for (const [index, value] of alone.embedding.vector.entries())
      assert.ok(Math.abs(value - (batch.embeddings[0]?.vector[index] ?? Number.NaN)) < 1e-5);
  });

  it("refuses another model's version, and everything else at once", async () => {
    const error = await refusal(() =>
      embeddings.search({ branch: "", query: "", k: 1.5, types: [], mode: "", modelVersion: "other" }),
    );
    assert.equal(
      error.message,
      "query must not be empty; k must be an integer from 1 to 1000; branch must not be empty; mode must be one of vector, trigram, hybrid; modelVersion must be under-test",
    );
  });

  it("keeps to 20 violations however many there are", async () => {
    const error = await refusal(() => embeddings.embedBatch({ texts: Array<string>(256).fill("") }));
    assert.equal(error.violations.length, 20);
  });
});

describe("storing in process", () => {
  it("says created, unchanged, updated and deleted, and remembers vectors by text", async () => {
    const outcomes = [];
    for (const text of ["a tower", "a tower", "a bridge", "", ""])
      outcomes.push((await store({ id: "outcomes", text })).outcome);
    assert.deepEqual(outcomes, ["created", "unchanged", "updated", "deleted", "unchanged"]);
    const { documents } = await kernel.query<{ side: string; build: string }>({
      branch: "dev/embedding/main",
      type: "Vector",
    });
    assert.equal(documents.length, 2);
    assert.deepEqual([documents[0]?.body.side, documents[0]?.body.build], ["in-process", "b1"]);
  });

  it("answers the first result again for the same key, and refuses the key for another text", async () => {
    const keyed = (text: string) => inContext({ key: "once" }, () => store({ id: "keyed", text }));
    assert.equal((await keyed("a lake")).outcome, "created");
    await keyed("a lake");
    const { documents } = await kernel.query({ branch: "dev/embedding/main", type: "Indexed" });
    assert.equal(documents.filter(({ id }) => id === "Indexed/main/keyed").length, 1);
    assert.equal((await refusal(() => keyed("a river"))).code, "ALREADY_EXISTS");
  });

  it("stores one vector when many objects with one new text come at once", async () => {
    const many = Array.from({ length: 8 }, (_, index) =>
      store({ id: `twin-${index}`, text: "seen for the first time" }),
    );
    assert.ok((await Promise.all(many)).every(({ outcome }) => outcome === "created"));
  });

  it("says in shadow what it would do, and keeps nothing", async () => {
    const shadow = await inContext({ shadow: true }, () => store({ id: "shade", text: "only in shadow" }));
    assert.equal(shadow.outcome, "created");
    assert.equal(shadow.embedding?.vector.length, 512);
    assert.equal((await ids("only in shadow")).includes("shade"), false);
    assert.equal((await store({ id: "shade", text: "only in shadow" })).outcome, "created");
  });

  it("refuses a branch that does not exist", async () => {
    const error = await refusal(() => store({ branch: "nowhere", id: "x", text: "x" }));
    assert.deepEqual([error.code, error.message], ["NOT_FOUND", "branch nowhere does not exist"]);
  });
});

describe("searching in process", () => {
  before(async () => {
    await store({ id: "palace", text: "A royal palace with wide gardens" });
    await store({ id: "beach", text: "Sand, waves and sunshine by the sea" });
    await store({ id: "meal", type: "Dish", text: "A spicy soup with noodles" });
    await store({ id: "gung", text: "경복궁은 서울에 있는 조선의 궁궐이다" });
    await store({ id: "haeundae", text: "해운대는 부산의 해수욕장이다" });
    await store({ branch: "draft", id: "castle", text: "A castle on a hill" });
  });

  it("finds by meaning, best first", async () => {
    assert.equal((await ids("the king's castle"))[0], "palace");
    assert.equal((await ids("swimming in the ocean"))[0], "beach");
  });

  it("finds Korean objects by their letters, and keeps them out of vector search", async () => {
    const { hits, poorlyCovered } = await search("서울 궁궐");
    assert.equal(poorlyCovered, true);
    assert.deepEqual(hits, [
      { id: "gung", type: "Place", text: "경복궁은 서울에 있는 조선의 궁궐이다", score: 1, match: "trigram" },
    ]);
    assert.equal((await ids("the king's castle")).includes("gung"), false);
  });

  it("keeps to the types asked for, to the branch, and to k", async () => {
    assert.deepEqual(await ids("the king's castle", "main", ["Dish"]), ["meal"]);
    assert.deepEqual(await ids("the king's castle", "draft"), ["castle"]);
    assert.equal(
      (await embeddings.search({ branch: "main", query: "castle", k: 1, types: [] })).hits.length,
      1,
    );
  });

  it("finds by meaning alone, by letters alone, or by both, as it is asked to", async () => {
    const found = async (query: string, mode: string) => {
      const { hits } = await embeddings.search({ branch: "main", query, k: 3, types: [], mode });
      return hits.map(({ id, match }) => `${id} ${match}`);
    };
    assert.equal((await found("gardens of the king", "vector"))[0], "palace vector");
    assert.deepEqual(await found("noodles", "trigram"), ["meal trigram"]);
    const both = await found("noodles", "hybrid");
    assert.equal(both[0], "meal vector");
    assert.equal(both.length, 3);
    assert.deepEqual(await found("서울 궁궐", "vector"), []);
    assert.deepEqual(await found("서울 궁궐", "hybrid"), ["gung trigram"]);
  });

  it("finds nothing for a query of white space", async () => {
    assert.deepEqual((await search(" ")).hits, []);
  });

  it("answers in shadow as of what the authority read, and newer for everyone else", async () => {
    const authority = newContext();
    const query = "an island far away";
    await runInContext(authority, () => search(query));
    await store({ id: "island", text: "A lonely island far out in the ocean" });
    await store({ id: "palace", text: "A palace, rebuilt" });
    const shadow = await inContext({ shadow: true, reads: authority.reads }, () => search(query));
    assert.equal(
      shadow.hits.some(({ id }) => id === "island"),
      false,
    );
    assert.ok(shadow.hits.some(({ text }) => text === "A royal palace with wide gardens"));
    assert.equal((await ids(query))[0], "island");
  });

  it("no longer finds what was stored with an empty text", async () => {
    await store({ id: "haeundae", text: "" });
    assert.deepEqual(await ids("해운대"), []);
  });
});

describe("a rewritten embedding branch", () => {
  it("is searched as it is now, not as it was followed", async () => {
    await store({ branch: "draft", id: "stays", text: "zeppelin over the old town" });
    const [kept] = (await kernel.log({ branch: "dev/embedding/main", pageSize: 1 })).commits;
    await store({ branch: "draft", id: "goes", text: "zeppelin over the new town" });
    const zeppelins = async () =>
      (await ids("zeppelin town", "draft")).filter((id) => ["stays", "goes", "late"].includes(id));
    assert.deepEqual((await zeppelins()).sort(), ["goes", "stays"]);
    await kernel.resetBranch({ name: "dev/embedding/main", to: kept?.id ?? "" });
    assert.deepEqual(await zeppelins(), ["stays"]);
    await store({ branch: "draft", id: "late", text: "zeppelin over the next town" });
    assert.deepEqual((await zeppelins()).sort(), ["late", "stays"]);
  });
});
