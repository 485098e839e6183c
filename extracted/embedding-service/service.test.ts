import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { HitMatch, SearchMode, StoreOutcome } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { startKernelProcess } from "./process.fixture.ts";
import { encodeVector, hashText, type IndexedBody, type VectorBody, vectorId } from "./search/documents.ts";
import { as, startService } from "./service.fixture.ts";

const OURS = "test/embedding/main";

const stops: (() => Promise<void> | void)[] = [];
let kernel: Kernel;
let service: Awaited<ReturnType<typeof startService>>;

before(async () => {
  const { address, stop } = await startKernelProcess();
  stops.push(stop);
  kernel = connectKernel({ address });
  stops.push(() => kernel.close());
  for (const name of ["main", "draft", "pinned"]) await kernel.createBranch({ name: `test/oms/${name}` });
  service = await startService(address);
  stops.push(service.stop);
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

function store(id: string, text: string, over: { branch?: string; type?: string } = {}) {
  const { modelVersion } = service;
  return service.client.store({ branch: "main", id, type: "Customer", text, modelVersion, ...over });
}

async function found(query: string, branch = "main", k = 3): Promise<string[]> {
  const { modelVersion } = service;
  const { hits } = await service.client.search({ modelVersion, branch, query, k, types: [] });
  return hits.map(({ id }) => id);
}

async function head(): Promise<string> {
  const branches = await kernel.listBranches();
  return branches.find(({ name }) => name === OURS)?.head ?? "none";
}

test("it is ready once the model is warm and the kernel answers, with a branch of its own", async () => {
  const ready = await fetch(`${service.url}/ready`);
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { status: "ready", checks: { kernel: "ok", index: "ok" } });
  assert.ok((await kernel.listBranches()).some(({ name }) => name === OURS));
});

test("what is stored is found by its meaning, Korean by its letters", async () => {
  await store("c1", "A customer who buys shoes every month");
  await store("c2", "The truck delivers parcels to the warehouse");
  await store("c3", "우수 고객 목록");
  await store("c4", "배송 조회 화면");
  assert.equal((await found("a regular buyer of footwear"))[0], "c1");
  assert.equal((await found("shipping goods by lorry"))[0], "c2");
  assert.deepEqual(await found("고객"), ["c3"]);
  assert.deepEqual(await found("배송 조회"), ["c4"]);
  assert.deepEqual(await found("환불"), []);
  assert.deepEqual(await found("customer", "draft"), []);
});

test("a mode finds by meaning alone, by letters alone, or by both", async () => {
  const { SEARCH_MODE_VECTOR, SEARCH_MODE_TRIGRAM, SEARCH_MODE_HYBRID } = SearchMode;
  const { modelVersion } = service;
  const seek = async (query: string, mode: SearchMode) => {
    const request = { modelVersion, branch: "main", query, k: 2, types: [], mode };
    const { hits } = await service.client.search(request);
    return hits.map(({ id, match }) => [id, match]);
  };
  const { HIT_MATCH_VECTOR, HIT_MATCH_TRIGRAM } = HitMatch;
  assert.deepEqual((await seek("shipping goods by lorry", SEARCH_MODE_VECTOR))[0], ["c2", HIT_MATCH_VECTOR]);
  assert.deepEqual(await seek("warehouse", SEARCH_MODE_TRIGRAM), [["c2", HIT_MATCH_TRIGRAM]]);
  assert.deepEqual(await seek("warehouse", SEARCH_MODE_HYBRID), [
    ["c2", HIT_MATCH_VECTOR],
    ["c1", HIT_MATCH_VECTOR],
  ]);
  assert.deepEqual(await seek("고객", SEARCH_MODE_VECTOR), []);
  assert.deepEqual(await seek("고객", SEARCH_MODE_HYBRID), [["c3", HIT_MATCH_TRIGRAM]]);
});

test("REST finds the same in the agreed order of fields", async () => {
  await store("r1", "환율 계산기", { branch: "draft", type: "Tool" });
  const { status, body } = await service.post("/search", JSON.stringify({ query: "환율", branch: "draft" }));
  assert.equal(status, 200);
  assert.equal(
    body,
    `{"modelVersion":"${service.modelVersion}","hits":[{"id":"r1","type":"Tool","text":"환율 계산기","score":1,"match":"trigram"}],"poorlyCovered":true}`,
  );
});

test("storing says what became of the object", async () => {
  const { STORE_OUTCOME_CREATED, STORE_OUTCOME_UNCHANGED, STORE_OUTCOME_UPDATED, STORE_OUTCOME_DELETED } =
    StoreOutcome;
  const outcomes: StoreOutcome[] = [];
  for (const text of ["first", "first", "second", "", "", "first"]) {
    outcomes.push((await store("o1", text)).outcome);
  }
  assert.deepEqual(outcomes, [
    STORE_OUTCOME_CREATED,
    STORE_OUTCOME_UNCHANGED,
    STORE_OUTCOME_UPDATED,
    STORE_OUTCOME_DELETED,
    STORE_OUTCOME_UNCHANGED,
    STORE_OUTCOME_CREATED,
  ]);
  const deleted = await store("o1", "");
  assert.deepEqual([deleted.embedding, deleted.textHash], [undefined, hashText("")]);
});

test("one commit holds the vector and the text, under the caller's name and key", async () => {
  const text = "An invoice is a request for payment";
  const reply = await as({ key: "key-1" }, () => store("d1", text, { type: "Invoice" }));
  const textHash = hashText(text);
  const { modelVersion } = service;
  const vector = await kernel.get<VectorBody>(OURS, vectorId(modelVersion, textHash));
  assert.deepEqual(vector?.body, {
    modelVersion,
    textHash,
    vector: encodeVector(Float32Array.from(reply.embedding?.vector ?? [])),
    poorlyCovered: false,
    truncated: false,
    side: "extracted",
    build: "build-1",
  });
  const indexed = await kernel.get<IndexedBody>(OURS, "Indexed/main/d1");
  assert.deepEqual(indexed?.body, {
    branch: "main",
    id: "d1",
    type: "Invoice",
    text,
    textHash,
    modelVersion,
  });
  assert.equal(indexed?.revision, vector?.revision);
  const [commit] = (await kernel.log({ branch: OURS, pageSize: 1 })).commits;
  assert.deepEqual([commit?.author, commit?.key, commit?.message], ["alice@oms", "key-1", "index d1"]);
});

test("the same key again is the first result again, though another call came between", async () => {
  const first = await as({ key: "key-2" }, () => store("k1", "one"));
  await as({ key: "key-3" }, () => store("k1", "two"));
  const repeated = await as({ key: "key-2" }, () => store("k1", "one"));
  assert.deepEqual(repeated, first);
  assert.equal((await kernel.get<IndexedBody>(OURS, "Indexed/main/k1"))?.body.text, "two");
  await assert.rejects(
    as({ key: "key-2" }, () => store("k1", "three")),
    { code: "ALREADY_EXISTS" },
  );
});

test("a vector the other side stored is kept and answered", async () => {
  const text = "written by the other side";
  const textHash = hashText(text);
  const id = vectorId(service.modelVersion, textHash);
  const theirs = Float32Array.from({ length: 512 }, (_, index) => (index === 7 ? 1 : 0));
  const body: VectorBody = {
    modelVersion: service.modelVersion,
    textHash,
    vector: encodeVector(theirs),
    poorlyCovered: false,
    truncated: false,
    side: "in-process",
    build: "theirs",
  };
  await kernel.commit({ branch: OURS, message: "theirs", writes: [{ put: { id, type: "Vector", body } }] });
  const { embedding } = await store("v1", text);
  assert.deepEqual(embedding?.vector, [...theirs]);
  assert.deepEqual((await kernel.get<VectorBody>(OURS, id))?.body, body);
});

test("many stores of one text at once keep one vector and index every object", async () => {
  const ids = Array.from({ length: 8 }, (_, index) => `same-${index}`);
  await Promise.all(ids.map((id) => store(id, "the very same text", { branch: "draft" })));
  assert.deepEqual(new Set(await found("the very same text", "draft", 8)), new Set(ids));
  const id = vectorId(service.modelVersion, hashText("the very same text"));
  const { commits } = await kernel.changes({ branch: OURS });
  const writes = commits.flatMap(({ changes }) => changes).filter(({ document }) => document.id === id);
  assert.deepEqual(
    writes.map(({ kind }) => kind),
    ["created"],
  );
});

test("a shadow store says what it would do and changes nothing", async () => {
  const before = await head();
  const created = await as({ shadow: true, key: "key-4" }, () => store("s1", "seen by nobody"));
  assert.equal(created.outcome, StoreOutcome.STORE_OUTCOME_CREATED);
  assert.equal(created.embedding?.vector.length, 512);
  assert.equal(await head(), before);
  assert.ok(!(await found("seen by nobody")).includes("s1"));
});

test("a shadow search answers as of the commit its authority read", async () => {
  const branch = "pinned";
  await store("p1", "the red bicycle", { branch });
  const live = newContext();
  assert.deepEqual(await runInContext(live, () => found("a red bike", branch)), ["p1"]);
  assert.equal(live.reads.get(OURS), await head());
  await store("p1", "", { branch });
  await store("p2", "a bicycle, red", { branch });
  assert.deepEqual(await as({ shadow: true, reads: live.reads }, () => found("a red bike", branch)), ["p1"]);
  assert.deepEqual(await found("a red bike", branch), ["p2"]);
});

test("a rewritten embedding branch is searched as it is now, not as it was followed", async () => {
  await store("stays", "체펠린 비행선", { branch: "draft" });
  const kept = await head();
  await store("goes", "체펠린 박물관", { branch: "draft" });
  assert.deepEqual(await found("체펠린", "draft"), ["goes", "stays"]);
  await kernel.resetBranch({ name: OURS, to: kept });
  assert.deepEqual(await found("체펠린", "draft"), ["stays"]);
  await store("late", "체펠린 호텔", { branch: "draft" });
  assert.deepEqual(await found("체펠린", "draft"), ["late", "stays"]);
});
