import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { commitOf, put } from "../../store/conformance/fixture.ts";
import { tellingAllBut } from "../passed-over.ts";
import { type Bench, branchOn, commit, openBench, until } from "../relay.fixture.ts";
import { auditSink } from "./audit.ts";

const BRANCH = "test/audited/main";
const AUDIT = "test/kernel/audit";

let bench: Bench;
const telling = tellingAllBut([{ branches: ["*/quiet/*"], types: ["Unheard"] }]);
beforeEach(async () => {
  bench = await openBench();
  await branchOn(bench.store, BRANCH);
});
afterEach(() => bench.close());

async function records(): Promise<Record<string, unknown>[]> {
  const known = (await bench.store.listBranches()).some(({ name }) => name === AUDIT);
  if (!known) return [];
  const page = { type: "Audit", at: "", prefix: "", descending: false, afterId: "", limit: 1000 };
  const { documents } = await bench.store.query({ branch: AUDIT, ...page });
  return documents.map(({ body }) => JSON.parse(body));
}

test("every commit has one record: who, when, in which trace, what was changed, but not to what", async () => {
  const { store } = bench.start([auditSink(bench.store, { telling })]);
  const id = await commit(store, BRANCH, "k0", ["a", "b"]);
  await until(async () => (await records()).length === 1);
  const [record] = await records();
  assert.deepEqual(record, {
    branch: BRANCH,
    commit: id,
    key: "k0",
    author: "alice@oms",
    message: "as asked",
    traceId: "0af7651916cd43dd8448eb211c80319c",
    time: new Date(1000).toISOString(),
    sequence: record?.["sequence"],
    changes: [
      { kind: "created", id: "a", type: "Note" },
      { kind: "created", id: "b", type: "Note" },
    ],
  });
});

test("delivered again, in whatever portions, records change nothing and none is doubled", async () => {
  const sink = auditSink(bench.store, { telling });
  for (let n = 0; n < 60; n++) await commit(bench.store, BRANCH, `k${n}`, ["a"]);
  const { commits } = await bench.store.changes({ branch: BRANCH, after: "", at: "", limit: 100 });
  const entries = commits.flatMap((part) => sink.entriesOf({ ...part, skip: 0 }));
  await sink.deliver(BRANCH, entries.slice(0, 5), "log");
  await sink.deliver(BRANCH, entries.slice(10, 50), "log");
  await sink.deliver(BRANCH, entries, "log");
  await sink.deliver(BRANCH, entries, "log");
  await sink.deliver(BRANCH, entries.slice(3, 12), "log");
  const found = await records();
  assert.deepEqual(new Set(found.map(({ key }) => key)), new Set(commits.map(({ commit: { key } }) => key)));
  assert.equal(found.length, 60);
  const { entries: history } = await bench.store.history({
    branch: AUDIT,
    id: `Audit/${BRANCH}/${commits[11]?.commit.id}`,
    at: "",
    beforeSequence: Number.MAX_SAFE_INTEGER,
    limit: 9,
  });
  assert.deepEqual(
    history.map(({ kind }) => kind),
    ["created"],
  );
});

test("a commit has a record where any of it is told, in whichever part, and none where nothing is", async () => {
  const quiet = "test/quiet/main";
  await branchOn(bench.store, quiet);
  const { store } = bench.start([auditSink(bench.store, { telling })]);
  const large = JSON.stringify({ text: "x".repeat(700_000) });
  const unheard = ["a", "b", "c"].map((id) => put(id, large, "Unheard"));
  await store.commit(commitOf(quiet, unheard, { key: "k0" }));
  await store.commit(commitOf(quiet, [...unheard, put("d", large), put("e", large)], { key: "k1" }));
  await store.commit(commitOf(quiet, [put("d", "{}")], { key: "k2" }));
  await until(async () => (await records()).some(({ key }) => key === "k2"));
  const named = (await records()).map(({ key, changes }) => [key, changes]);
  const d = (kind: string) => [{ kind, id: "d", type: "Note" }];
  assert.deepEqual(
    new Map(named as [string, unknown][]),
    new Map([
      ["k1", d("created")],
      ["k2", d("updated")],
    ]),
  );
});
