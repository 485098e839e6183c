import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, type TestContext, test } from "node:test";
import { createInspect } from "../../hooks/inspect.ts";
import { commitOf, put } from "../conformance/fixture.ts";
import { openSqliteStore } from "../sqlite.ts";
import { openForReading, openForWriting } from "./database.ts";
import { type Call, runTogether } from "./group.ts";
import { STEPS } from "./schema.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-sqlite-"));
});
after(() => rm(folder, { recursive: true }));

const BRANCH = "test/store/main";
const inspect = createInspect([]);

function open(test: TestContext, name: string) {
  const file = join(folder, name);
  const database = { ...openForWriting(file), inspect };
  test.after(() => database.connection.close());
  const create: Call = {
    id: 0,
    method: "createBranch",
    argument: { name: BRANCH, origin: "", at: "", timeMs: 1 },
  };
  runTogether(database, "BEGIN IMMEDIATE", [create]);
  return { file, ...database };
}

const commitCall = (id: number, body = "{}"): Call => ({
  id,
  method: "commit",
  argument: commitOf(BRANCH, [put(`d${id}`, body)]),
});

test("a full disk fails the whole group as unavailable and leaves nothing of it", (t) => {
  const database = open(t, "full.db");
  const pages = Number(database.sql.get`PRAGMA page_count`?.["page_count"]);
  database.connection.exec(`PRAGMA max_page_count = ${pages + 4}`);
  const large = JSON.stringify({ text: "x".repeat(100_000) });
  const outcomes = runTogether(database, "BEGIN IMMEDIATE", [commitCall(1), commitCall(2, large)]);
  const failure = { code: "UNAVAILABLE", message: "the store's disk is full", violations: [] };
  assert.deepEqual(outcomes, [
    { id: 1, failure },
    { id: 2, failure },
  ]);
  for (const table of ["commits", "versions", "members"]) {
    assert.equal(database.connection.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.["n"], 0);
  }
  const [after] = runTogether(database, "BEGIN IMMEDIATE", [commitCall(3)]);
  assert(after && "value" in after);
});

test("a file another process keeps locked is unavailable", (t) => {
  const database = open(t, "busy.db");
  database.connection.exec("PRAGMA busy_timeout = 0");
  const other = new DatabaseSync(database.file);
  other.exec("BEGIN IMMEDIATE");
  const [outcome] = runTogether(database, "BEGIN IMMEDIATE", [commitCall(1)]);
  assert.deepEqual(outcome, {
    id: 1,
    failure: { code: "UNAVAILABLE", message: "the store is busy", violations: [] },
  });
  other.exec("ROLLBACK");
  const [after] = runTogether(database, "BEGIN IMMEDIATE", [commitCall(1)]);
  assert(after && "value" in after);
  other.close();
});

test("an acknowledged commit is on disk: WAL, and an fsync for every transaction", (t) => {
  const { sql } = open(t, "durable.db");
  assert.equal(sql.get`PRAGMA journal_mode`?.["journal_mode"], "wal");
  assert.equal(sql.get`PRAGMA synchronous`?.["synchronous"], 2);
});

test("the connection that reads and evaluates cannot write", (t) => {
  const database = open(t, "reader.db");
  const reader = { ...openForReading(database.file), inspect };
  const [outcome] = runTogether(reader, "BEGIN", [commitCall(1)]);
  assert(outcome && "failure" in outcome);
  reader.connection.close();
});

test("two kernels may open one file, and each sees what the other commits", async (t) => {
  const file = join(folder, "twins.db");
  const [one, two] = await Promise.all([openSqliteStore(file), openSqliteStore(file)]);
  for (const twin of [one, two]) t.after(() => twin.close());
  await one.createBranch({ name: BRANCH, origin: "", at: "", timeMs: 1 });
  const request = commitOf(BRANCH, [put("a", "{}")]);
  const results = await Promise.all([one.commit(request), two.commit(request)]);
  assert.equal(results[0].commit?.id, results[1].commit?.id);
  assert.deepEqual(results.map(({ repeated }) => repeated).sort(), [false, true]);
});

test("a file that is no database of ours is refused at the start", async (t) => {
  const text = join(folder, "text.db");
  await writeFile(text, "this is not a database, and long enough to be read as one".repeat(20));
  await assert.rejects(openSqliteStore(text), /not a database/);
  const newer = open(t, "newer.db");
  newer.connection.exec("PRAGMA user_version = 99");
  await assert.rejects(openSqliteStore(newer.file), /schema version 99/);
});

test("a file of schema version 1 is brought up to date with all that is in it", async (t) => {
  const file = join(folder, "version-1.db");
  const old = new DatabaseSync(file);
  old.exec(`PRAGMA journal_mode = WAL; ${STEPS[0]}; PRAGMA user_version = 1`);
  old.exec(`
    INSERT INTO branches VALUES (1, '${BRANCH}', NULL, 0, 5);
    INSERT INTO commits VALUES (3, 'one', 1, 0, 'k', 'print', 'alice@oms', 'as asked', '', 7);
    INSERT INTO versions VALUES (1, 3, 1, 'a', 'Note', '{"n":1}', NULL);
    INSERT INTO members VALUES (1, 'Note', 'a', 1)`);
  old.close();
  const store = await openSqliteStore(file);
  t.after(() => store.close());
  const { document } = await store.get({ branch: BRANCH, id: "a", at: "" });
  assert.deepEqual(document, { id: "a", type: "Note", body: '{"n":1}', revision: "one" });
  const { commit } = await store.commit(commitOf(BRANCH, [put("a", "{}")]));
  assert.deepEqual([commit?.sequence, commit?.timeMs], [4, 1000]);
  await store.freezeBranch({ name: BRANCH, token: "t", untilMs: 9000, nowMs: 1000 });
  const rewrite = { name: BRANCH, head: "", token: "t", nowMs: 1000 };
  await store.resetBranch({ ...rewrite, to: "one" });
  assert.equal((await store.get({ branch: BRANCH, id: "a", at: "" })).document?.body, '{"n":1}');
  assert.equal(await store.writeState({ name: "s", value: "v", version: 0 }), true);
});

test("a store that was closed says so", async () => {
  const store = await openSqliteStore(join(folder, "closed.db"));
  await store.close();
  await assert.rejects(store.check(), { code: "UNAVAILABLE", message: "the store has stopped" });
});
