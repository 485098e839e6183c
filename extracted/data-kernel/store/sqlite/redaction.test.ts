import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bodyOf, newBranch, put, write } from "../conformance/fixture.ts";
import { redactionOf } from "../conformance/redactions.ts";
import type { Store } from "../port.ts";
import { openSqliteStore } from "../sqlite.ts";

let folder: string;
let store: Store;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kernel-redaction-"));
  store = await openSqliteStore(join(folder, "kernel.db"));
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const SECRET = "ann@example.org";
const shown = (n: number): string => `{"email":"${SECRET}","n":${n}}`;
const masked = (n: number): string => `{"email":"[redacted]","n":${n}}`;

test("a redaction masks every state the branch ever had, its origin's part too, and names who shows more", async () => {
  const origin = await newBranch(store);
  const one = await write(store, origin, [put("a", shown(1))]);
  const two = await write(store, origin, [put("a", shown(2)), put("gone", shown(0))]);
  const branch = `${origin}-child`;
  await store.createBranch({ name: branch, origin, at: two, timeMs: 1000 });
  const sibling = `${origin}-sibling`;
  await store.createBranch({ name: sibling, origin, at: one, timeMs: 1000 });
  const own = await write(store, branch, [put("a", shown(3)), { delete: "gone" }]);
  await write(store, origin, [put("a", shown(4))]);
  const grandchild = `${branch}-child`;
  await store.createBranch({ name: grandchild, origin: branch, at: "", timeMs: 1000 });
  const redacted = await store.redact(redactionOf(branch));
  assert.deepEqual(redacted, {
    documents: 2,
    versions: 4,
    branches: [origin, branch, grandchild, sibling],
    elsewhere: [origin],
    repeated: false,
    remains: [],
  });
  assert.equal(await bodyOf(store, branch, "a", one), masked(1));
  assert.equal(await bodyOf(store, branch, "gone", two), masked(0));
  assert.equal(await bodyOf(store, branch, "a", own), masked(3));
  for (const [name, n] of [
    [branch, 3],
    [grandchild, 3],
    [sibling, 1],
  ] as const) {
    assert.equal(await bodyOf(store, name, "a"), masked(n));
    const { commits } = await store.log({ branch: name, at: "", beforeSequence: 1e9, limit: 1 });
    assert.equal(commits[0]?.message, "fields were redacted");
  }
  assert.equal(await bodyOf(store, origin, "a"), shown(4));
  const { commits } = await store.changes({ branch, after: one, at: own, limit: 10 });
  const bodies = commits.flatMap(({ changes }) => changes.map(({ document }) => document.body));
  assert.deepEqual(bodies, [masked(2), masked(0), masked(3), masked(0)]);
  assert.deepEqual((await store.redact(redactionOf(origin))).elsewhere, []);
});

test("after a redaction neither the file nor its log holds the value", async () => {
  const branch = await newBranch(store);
  const long = `{"email":"${"x".repeat(20_000)}needle-${"y".repeat(20_000)}"}`;
  await write(store, branch, [put("a", long), put("b", '{"email":"needle-short"}')]);
  await write(store, branch, [put("a", '{"email":"needle-later"}')]);
  assert(await holds("needle-"));
  await store.redact(redactionOf(branch));
  assert.equal(await holds("needle-"), false);
});

async function holds(text: string): Promise<boolean> {
  const files = await readdir(folder);
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file))));
  return contents.some((content) => content.includes(text));
}
