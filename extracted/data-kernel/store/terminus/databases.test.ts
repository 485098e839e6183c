import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bodyOf, commitOf, put, refusal, write } from "../conformance/fixture.ts";
import { redactionOf } from "../conformance/redactions.ts";
import type { Store } from "../port.ts";
import { openTerminusStore } from "../terminus.ts";
import { type Double, startDouble } from "./double/server.ts";

const JOBS = "test/scheduler/main";
const OBJECTS = "test/oms/main";

let double: Double;
let store: Store;
before(async () => {
  double = await startDouble();
  store = await open({ database: "oms", schedulerDatabase: "scheduler" });
  for (const name of [OBJECTS, JOBS]) await store.createBranch({ name, origin: "", at: "", timeMs: 1 });
});
after(async () => {
  await store.close();
  await double.stop();
});

function open(databases: { database: string; schedulerDatabase?: string }): Promise<Store> {
  const { url, user, password } = double;
  return openTerminusStore({ url, user, password, organization: "oms", timeoutMs: 10_000, ...databases });
}

/** The branches of one database, as a store that has it alone lists them. */
async function branchesOf(database: string): Promise<string[]> {
  const alone = await open({ database });
  const listed = await alone.listBranches();
  await alone.close();
  return listed.map(({ name }) => name);
}

test("the scheduler's branches are kept in a database of their own, and listed with all others", async () => {
  await write(store, OBJECTS, [put("a", '{"n":1}')]);
  await write(store, JOBS, [put("a", '{"n":2}')]);
  const staging = store.stage("live");
  await staging.add([put("b", '{"n":3}')]);
  const { writes: _, ...terms } = commitOf(JOBS, []);
  await staging.commit(terms);
  const read = [bodyOf(store, OBJECTS, "a"), bodyOf(store, JOBS, "a"), bodyOf(store, JOBS, "b")];
  assert.deepEqual(await Promise.all(read), ['{"n":1}', '{"n":2}', '{"n":3}']);
  assert.deepEqual(
    (await store.listBranches()).map(({ name }) => name),
    [OBJECTS, JOBS],
  );
  assert.deepEqual([await branchesOf("oms"), await branchesOf("scheduler")], [[OBJECTS], [JOBS]]);
  await store.check();
});

test("what the kernel keeps beside the branches is in one place", async () => {
  assert.equal(await store.writeState({ name: `cursor/${JOBS}`, value: "1", version: 0 }), true);
  const main = await open({ database: "oms" });
  assert.equal((await main.readState(`cursor/${JOBS}`))?.value, "1");
  await main.close();
});

test("what would join two databases is refused by field", async () => {
  const branch = { name: "test/oms/copy", origin: JOBS, at: "", timeMs: 1 };
  const diff = { from: { branch: JOBS, at: "" }, to: { branch: OBJECTS, at: "" }, afterId: "", limit: 1 };
  const refused: [Promise<unknown>, string][] = [
    [store.createBranch(branch), "origin"],
    [store.evaluateBranch(branch), "origin"],
    [store.diff(diff), "to.branch"],
    [store.renameBranch({ name: JOBS, to: "test/oms/jobs" }), "to"],
  ];
  for (const [call, field] of refused)
    assert.deepEqual(await refusal(call), { code: "INVALID_ARGUMENT", fields: [field] });
});

test("a redaction on the scheduler's branch is on record with all others, once", async () => {
  await write(store, JOBS, [put("p", '{"email":"ann@example.org"}')]);
  const first = await store.redact(redactionOf(JOBS));
  const again = await store.redact(redactionOf(JOBS));
  assert.equal(await bodyOf(store, JOBS, "p"), '{"email":"[redacted]"}');
  assert.deepEqual([first.repeated, again.repeated, again.documents], [false, true, first.documents]);
  assert(await bodyOf(store, "test/kernel/audit", `redaction/${JOBS}/ticket-7`));
  assert.deepEqual(await branchesOf("scheduler"), [JOBS]);
});
