import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { connectKernel, type Kernel } from "../client.ts";
import { overGrpc, overHttp } from "../fixtures/refusal.ts";
import { startOnFreePorts } from "../fixtures/running-kernel.ts";

const BRANCH = "test/schemas/main";
const message = "as asked";
const references = [{ pointer: "/owner", prefix: "Person/" }];

let running: Awaited<ReturnType<typeof startOnFreePorts>>;
let kernel: Kernel;
let path: string;

before(async () => {
  running = await startOnFreePorts();
  kernel = connectKernel({ address: running.grpc });
  path = `${running.http}/branches/${encodeURIComponent(BRANCH)}/schemas`;
  await kernel.createBranch({ name: BRANCH });
});
after(async () => {
  kernel.close();
  await running.stop();
});

const update = (type: string, schema: object, more = {}) =>
  kernel.updateSchema({ branch: BRANCH, message, type, schema, ...more });

test("a schema is what it was updated to, at the head and at every commit, over either wire", async () => {
  assert.equal(await kernel.getSchema(BRANCH, "Pet"), undefined);
  const first = await update("Pet", { required: ["owner"] }, { references });
  const one = first.commit?.id ?? assert.fail();
  const second = await update("Pet", { required: ["name"] }, { revision: one });
  const two = second.commit?.id ?? assert.fail();
  const old = { type: "Pet", schema: { required: ["owner"] }, references, revision: one };
  assert.deepEqual(await kernel.getSchema(BRANCH, "Pet", one), old);
  assert.deepEqual(await kernel.getSchema(BRANCH, "Pet"), {
    type: "Pet",
    schema: { required: ["name"] },
    references: [],
    revision: two,
  });
  const answer = await (await fetch(`${path}/Pet?at=${one}`)).json();
  assert.deepEqual(answer, { schema: { ...old, schema: JSON.stringify(old.schema) }, at: one });
  assert.equal((await overHttp(`${path}/None`)).code, "NOT_FOUND");
});

test("a schema written over HTTP holds over gRPC", async () => {
  const body = JSON.stringify({ key: "http", mode: "live", message, schema: '{"maxProperties":1}' });
  const headers = { "content-type": "application/json" };
  const written = await fetch(`${path}/Small`, { method: "PUT", headers, body });
  assert.equal(written.status, 200);
  const put = { id: "s", type: "Small", body: { a: 1, b: 2 } };
  const refused = await overGrpc(kernel.commit({ branch: BRANCH, message, writes: [{ put }] }));
  assert.deepEqual(refused, {
    code: "FAILED_PRECONDITION",
    message: "writes[0].put.body must NOT have more than 1 properties",
    violations: [{ field: "writes[0].put.body", message: "must NOT have more than 1 properties" }],
  });
});

test("what cannot be a schema is refused by its own fields", async () => {
  await update("Own", {});
  const fields = async (call: Promise<unknown>) => {
    const { code, violations } = await overGrpc(call);
    return [code, ...violations.map(({ field }) => field)];
  };
  assert.deepEqual(await fields(update("Own", { type: "objekt" })), ["FAILED_PRECONDITION", "schema"]);
  assert.deepEqual(await fields(update("Own", { $async: true })), ["FAILED_PRECONDITION", "schema"]);
  const unfit = { references: [...references, { pointer: "owner", prefix: "" }] };
  assert.deepEqual(await fields(update("Own", {}, unfit)), ["FAILED_PRECONDITION", "references[1].pointer"]);
  assert.deepEqual(await fields(update("Own", {}, { revision: "other" })), ["ABORTED", "revision"]);
  assert.deepEqual(await fields(update("", {})), ["INVALID_ARGUMENT", "type"]);
});

test("two schemas may have one $id, and neither sees the other", async () => {
  const $id = "https://example.org/same";
  await update("One", { $id, maxProperties: 1 });
  await update("Two", { $id, maxProperties: 2 });
  const writes = ["One", "Two"].map((type) => ({ put: { id: type, type, body: { a: 1, b: 2 } } }));
  const { violations } = await overGrpc(kernel.commit({ branch: BRANCH, message, writes }));
  assert.deepEqual(
    violations.map(({ field }) => field),
    ["writes[0].put.body"],
  );
});

test("in a shadow call a schema is evaluated and not stored", async () => {
  const { commit } = await runInContext(newContext({ shadow: true }), () => update("Shadow", {}));
  assert.deepEqual([commit, await kernel.getSchema(BRANCH, "Shadow")], [undefined, undefined]);
});
