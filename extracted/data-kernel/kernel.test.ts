import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { Kernel } from "./kernel.ts";
import { DEFAULT_PAGE_SIZE } from "./limits.ts";
import { REWRITES, Rewrites } from "./rewrite.ts";
import type { Store, Write } from "./store/port.ts";
import { openSqliteStore } from "./store/sqlite.ts";

const BRANCH = "test/oms/main";

let folder: string;
let store: Store;
let queries = 0;
let kernel: Kernel;
let keys = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-"));
  store = await openSqliteStore(join(folder, "kernel.db"));
  const counted: Store = {
    ...store,
    query(request) {
      queries += 1;
      return store.query(request);
    },
  };
  kernel = new Kernel(counted, { rewrites: new Rewrites(counted, REWRITES), now: () => 42 });
  await kernel.branches.create({ name: BRANCH, mode: "live" });
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

function commit(writes: Write[], more: object = {}) {
  keys += 1;
  return kernel.commits.commit({
    branch: BRANCH,
    key: `k${keys}`,
    mode: "live",
    message: "as asked",
    writes,
    ...more,
  });
}

const put = (id: string, type: string): Write => ({ put: { id, type, body: "{}" } });

test("who and which trace come from the call, when from the kernel's clock", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const call = newContext({ author: "bob@scheduler", traceparent });
  const { commit: made } = await runInContext(call, () => commit([put("a", "Who")]));
  assert.partialDeepStrictEqual(made, {
    author: "bob@scheduler",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    timeMs: 42,
  });
});

test("without a fingerprint the writes are the payload", async () => {
  const first = await commit([put("a", "Print"), put("b", "Print")], { key: "print" });
  const again = await commit([put("b", "Print"), put("a", "Print")], { key: "print" });
  assert.deepEqual(again, { ...first, repeated: true });
  await assert.rejects(commit([put("a", "Print")], { key: "print" }), { code: "ALREADY_EXISTS" });
});

test("a shadow commit is evaluated at the head when nothing else is said, and stored nowhere", async () => {
  const { commit: first } = await commit([put("a", "Watched")]);
  const watched = await commit([put("a", "Watched")], { mode: "shadow" });
  const document = { id: "a", type: "Watched", body: "{}", revision: "" };
  const changes = [{ kind: "updated", document }];
  assert.deepEqual(watched, { commit: undefined, changes, more: false, repeated: false, at: first?.id });
  assert.equal((await kernel.commits.changes({ branch: BRANCH })).head, first?.id);
});

test("a live commit inside a shadow call is refused", async () => {
  const shadow = newContext({ shadow: true });
  const call = runInContext(shadow, () => commit([put("never", "Shadow")]));
  await assert.rejects(call, { code: "INVALID_ARGUMENT", message: /^mode must be shadow/ });
  const branch = runInContext(shadow, () => kernel.branches.create({ name: "test/oms/x", mode: "live" }));
  await assert.rejects(branch, { code: "INVALID_ARGUMENT" });
});

test("a stream reads a page only when its consumer wants it, and all of it is one commit", async () => {
  const ids = Array.from({ length: 2 * DEFAULT_PAGE_SIZE + 1 }, (_, n) => `s${String(n).padStart(4, "0")}`);
  const { commit: first } = await commit(ids.map((id) => put(id, "Streamed")));
  queries = 0;
  const stream = kernel.documents.stream({ branch: BRANCH, type: "Streamed" });
  const seen: string[] = [];
  for await (const { documents, at } of stream) {
    assert.equal(at, first?.id);
    seen.push(...documents.map(({ id }) => id));
    assert.equal(queries, Math.ceil(seen.length / DEFAULT_PAGE_SIZE));
    await commit([{ delete: "s0150" }, put("s0150a", "Streamed")]);
  }
  assert.deepEqual(seen, ids);
  assert.equal(queries, 3);
});

test("a stream goes on after an id, as of the commit it began with", async () => {
  const { commit: first } = await commit(["g1", "g2", "g3"].map((id) => put(id, "Going")));
  await commit([put("g2a", "Going"), { delete: "g3" }]);
  const seen: string[] = [];
  for await (const { documents } of kernel.documents.stream({
    branch: BRANCH,
    type: "Going",
    at: first?.id,
    afterId: "g1",
  }))
    seen.push(...documents.map(({ id }) => id));
  assert.deepEqual(seen, ["g2", "g3"]);
});

test("a stream of a type nobody has is one empty frame that says what was read", async () => {
  const stream = kernel.documents.stream({ branch: BRANCH, type: "Nobody", at: "beginning" });
  assert.deepEqual(await stream.next(), { value: { documents: [], at: "beginning" }, done: false });
  assert.equal((await stream.next()).done, true);
});

test("the pages of a history join without a gap, whatever is written in between, and belong to one document", async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) made.unshift((await commit([put("aged", "Aged")])).commit?.id ?? "");
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await kernel.commits.history({ branch: BRANCH, id: "aged", pageSize: 2, pageToken });
    seen.push(...page.entries.map(({ commit }) => commit.id));
    pageToken = page.nextPageToken || pageToken;
    await commit([put("aged", "Aged")]);
  } while (seen.length < made.length);
  assert.deepEqual(seen, made);
  const other = kernel.commits.history({ branch: BRANCH, id: "other", pageToken });
  await assert.rejects(other, { code: "INVALID_ARGUMENT", message: /^pageToken/ });
});

test("the pages of a query and of a log join without a gap", async () => {
  const ids = ["p1", "p2", "p3", "p4", "p5"];
  const made: string[] = [];
  for (const id of ids) made.unshift((await commit([put(id, "Paged")])).commit?.id ?? "");
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await kernel.documents.query({ branch: BRANCH, type: "Paged", pageSize: 2, pageToken });
    seen.push(...page.documents.map(({ id }) => id));
    pageToken = page.nextPageToken;
    await commit([put(`q${seen.length}`, "Paged")]);
  } while (pageToken);
  assert.deepEqual(seen, ids);
  const logged: string[] = [];
  do {
    const page = await kernel.commits.log({ branch: BRANCH, at: made[0], pageSize: 2, pageToken });
    logged.push(...page.commits.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken && logged.length < made.length);
  assert.deepEqual(logged.slice(0, made.length), made);
});

test("a page token belongs to the prefix and the order it was made for, whatever is written in between", async () => {
  await commit(["t/1", "t/2", "t/3", "u/1"].map((id) => put(id, "Token")));
  const asked = { branch: BRANCH, type: "Token", prefix: "t/", descending: true, pageSize: 2 };
  const first = await kernel.documents.query(asked);
  await commit([put("t/0", "Token"), { delete: "t/1" }]);
  const pageToken = first.nextPageToken;
  const second = await kernel.documents.query({ ...asked, pageToken });
  const ids = [first, second].map(({ documents }) => documents.map(({ id }) => id));
  assert.deepEqual([ids, second.nextPageToken], [[["t/3", "t/2"], ["t/1"]], ""]);
  for (const other of [{ prefix: "" }, { prefix: "t" }, { descending: false }]) {
    const refused = kernel.documents.query({ ...asked, ...other, pageToken });
    await assert.rejects(refused, { code: "INVALID_ARGUMENT", message: /^pageToken/ });
  }
});

test("a kernel of an environment makes branches of it alone", async () => {
  const parts = { rewrites: new Rewrites(store, REWRITES), environment: "test" };
  const { branches } = new Kernel(store, parts);
  const refused = branches.create({ name: "tests/oms/main", mode: "shadow" });
  await assert.rejects(refused, { code: "INVALID_ARGUMENT", message: /^name must begin with test\// });
  const made = await branches.create({ name: "test/oms/own", mode: "live" });
  assert.equal(made.name, "test/oms/own");
});
