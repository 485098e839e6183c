import assert from "node:assert/strict";
import type { Store, Write } from "../port.ts";
import { commitOf, idsOf, newBranch, type Promises, put, refusal, write } from "./fixture.ts";

const LINK = putSchema("Link", { required: ["to"] }, [{ pointer: "/to", prefix: "Note/" }]);
const STRICT = putSchema("Strict", { properties: { n: { type: "number" } }, additionalProperties: false });

const strict = (id: string, body: string): Write => put(id, body, "Strict");
const note = (id: string): Write => put(`Note/${id}`, "{}");
const link = (id: string, to: string): Write => put(`Link/${id}`, JSON.stringify({ to }), "Link");

export const inspected: Promises = {
  "a commit whose documents break the schema of their type is refused, and nothing of it is written": async (
    store,
  ) => {
    const branch = await newBranch(store);
    await write(store, branch, [STRICT]);
    const bad = [strict("a", '{"n":1}'), strict("b", '{"n":"x","m":0}'), strict("c", '{"n":null}')];
    const request = commitOf(branch, bad, { key: "k" });
    const refused = {
      code: "FAILED_PRECONDITION",
      fields: ["writes[1].put.body/m", "writes[1].put.body/n", "writes[2].put.body/n"],
    };
    assert.deepEqual(await refusal(store.commit(request)), refused);
    assert.deepEqual(await refusal(store.evaluate({ ...request, at: "" })), refused);
    assert.deepEqual(await idsOf(store, branch, "", "Strict"), []);
    assert.equal((await store.log({ branch, at: "", beforeSequence: 1e9, limit: 9 })).commits.length, 1);
    await store.commit({ ...request, writes: [strict("a", '{"n":1}')] });
  },

  "a schema holds from its own commit on, for what is written, until it is deleted": async (store) => {
    const branch = await newBranch(store);
    const before = await write(store, branch, [strict("old", '{"m":1}')]);
    const together = commitOf(branch, [strict("a", '{"m":1}'), STRICT]);
    assert.deepEqual((await refusal(store.commit(together))).fields, ["writes[0].put.body/m"]);
    await write(store, branch, [STRICT, put("other", '{"m":1}')]);
    const late = commitOf(branch, [strict("a", '{"m":1}')]);
    assert.equal((await refusal(store.commit(late))).code, "FAILED_PRECONDITION");
    await store.evaluate({ ...late, at: before });
    await write(store, branch, [{ delete: "Schema/Strict" }, strict("a", '{"m":1}')]);
  },

  "what is no schema is refused as one": async (store) => {
    const branch = await newBranch(store);
    const broken = [
      putSchema("T", { type: "objekt" }),
      put("Schema/U", '{"type":"V","schema":{}}', "Schema"),
    ];
    assert.deepEqual(await refusal(store.commit(commitOf(branch, broken))), {
      code: "FAILED_PRECONDITION",
      fields: ["writes[0].put.body/schema", "writes[1].put.id"],
    });
  },

  "more findings than an answer lists are counted in its last place": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [STRICT]);
    const many = Array.from({ length: 25 }, (_, n) => strict(`d${n}`, '{"m":1}'));
    const { fields } = await refusal(store.commit(commitOf(branch, many)));
    assert.deepEqual([fields.length, fields[18], fields[19]], [20, "writes[18].put.body/m", "writes"]);
  },

  "what a document refers to is there after the commit, and what is referred to stays": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [LINK, note("x"), link("a", "x")]);
    const dangling = commitOf(branch, [link("b", "y")]);
    assert.deepEqual((await refusal(store.commit(dangling))).fields, ["writes[0].put.body/to"]);
    const needed = commitOf(branch, [{ delete: "Note/x" }]);
    assert.deepEqual((await refusal(store.commit(needed))).fields, ["writes[0].delete"]);
    await write(store, branch, [link("b", "y"), note("y")]);
    await write(store, branch, [link("a", "y"), { delete: "Note/x" }]);
    await write(store, branch, [{ delete: "Note/y" }, { delete: "Link/a" }, { delete: "Link/b" }]);
  },

  "who refers to what is known on every branch, at every commit, and after a reset": async (store) => {
    const origin = await newBranch(store);
    const linked = await write(store, origin, [LINK, note("x"), link("a", "x")]);
    const child = `${origin}-child`;
    await store.createBranch({ name: child, origin, at: "", timeMs: 1000 });
    const deleteX = [{ delete: "Note/x" }];
    assert.equal(await isRefused(store, child, deleteX), true);
    await write(store, child, [{ delete: "Link/a" }]);
    assert.deepEqual(
      [await isRefused(store, child, deleteX), await isRefused(store, origin, deleteX)],
      [false, true],
    );
    assert.equal(await isRefused(store, child, deleteX, linked), true);
    await write(store, origin, [{ delete: "Link/a" }]);
    assert.equal(await isRefused(store, origin, deleteX), false);
    assert.equal(await isRefused(store, origin, deleteX, linked), true);
    await store.deleteBranch({ name: child, head: "", token: "", nowMs: 1000 });
    await store.resetBranch({ name: origin, to: linked, head: "", token: "", nowMs: 1000 });
    assert.equal(await isRefused(store, origin, deleteX), true);
    await write(store, origin, [{ delete: "Link/a" }]);
    await write(store, origin, [link("a", "x")]);
    assert.equal(await isRefused(store, origin, deleteX), true);
  },

  "a tick of a job is claimed once, in its time, and never again": async (store) => {
    const branch = "test/scheduler/main";
    await store.createBranch({ name: branch, origin: "", at: "", timeMs: 1000 });
    const job = (floorMs: number) =>
      put("Job/j", JSON.stringify({ id: "j", state: "active", floorMs }), "Job");
    const claim = (plannedMs: number) => {
      const body = { job: "j", tick: String(plannedMs), plannedMs, status: "done", attempts: [] };
      return put(`Execution/j/${plannedMs}`, JSON.stringify(body), "Execution");
    };
    const claimed = await write(store, branch, [job(500), claim(2000)]);
    const refused = async (...writes: Write[]) =>
      (await refusal(store.commit(commitOf(branch, writes)))).fields;
    assert.deepEqual(await refused(claim(2001)), ["writes[0].put.body/tick"]);
    assert.deepEqual(await refused(claim(2000)), ["writes[0].put.body/status"]);
    assert.deepEqual(await refused({ delete: "Execution/j/2000" }, job(1999)), ["writes[0].delete"]);
    await write(store, branch, [{ delete: "Execution/j/2000" }, job(2000)]);
    assert.deepEqual(await refused(claim(2000)), ["writes[0].put.body/tick"]);
    assert.deepEqual(await refused(job(1999)), ["writes[0].put.body/floorMs"]);
    assert.equal(await isRefused(store, branch, [claim(2000)], claimed), true);
    assert.equal(await isRefused(store, branch, [claim(1500)], claimed), false);
  },

  "a commit in frames is looked at as a whole, its writes counted from the first": async (store) => {
    const branch = await newBranch(store);
    await write(store, branch, [LINK, STRICT]);
    const { writes: _, ...terms } = commitOf(branch, []);
    const staging = store.stage("live");
    await staging.add([link("a", "x"), link("b", "y")]);
    await staging.add([note("x"), strict("s", '{"m":1}')]);
    assert.deepEqual((await refusal(staging.commit(terms))).fields, [
      "writes[1].put.body/to",
      "writes[3].put.body/m",
    ]);
    await staging.discard();
    assert.deepEqual(await idsOf(store, branch), []);
  },
};

/** Whether a commit would be refused, as of `at`. */
async function isRefused(store: Store, branch: string, writes: Write[], at = ""): Promise<boolean> {
  const call = store.evaluate({ ...commitOf(branch, writes), at });
  return call.then(
    () => false,
    async () => (await refusal(call)).code === "FAILED_PRECONDITION",
  );
}

function putSchema(type: string, schema: object, references: readonly object[] = []): Write {
  return put(`Schema/${type}`, JSON.stringify({ type, schema, references }), "Schema");
}
