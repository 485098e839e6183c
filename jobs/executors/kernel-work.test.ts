import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { addressRules } from "@oms/chassis/http/address.ts";
import type { Kernel, Write } from "@oms/data-kernel/client.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import type { Task, Tools } from "../executor.ts";
import type { JsonObject } from "../json.ts";
import { builtInExecutors } from "./built-in.ts";
import { type Embed, reembed } from "./reembed.ts";
import { createRegistry } from "./registry.ts";
import { ENV, taskOf, toolsOf } from "./task.fixture.ts";

const DAY_MS = 86_400_000;

let server: TestKernel;
let kernel: Kernel;
before(async () => {
  server = await startTestKernel();
  kernel = server.kernel;
});
after(() => server.stop());

const registry = createRegistry(builtInExecutors({ callbacks: addressRules(undefined, "ALLOW") }));

const objectOf = (id: string, name: string): Write => ({
  put: { id: `Object/${id}`, type: "Object/City", body: { id, type: "City", properties: { name } } },
});

/** An ontology branch with one commit of these writes. */
async function branchWith(name: string, writes: readonly Write[]): Promise<string> {
  const branch = `${ENV}/oms/${name}`;
  await kernel.createBranch({ name: branch });
  await write(branch, writes);
  return branch;
}

async function write(branch: string, writes: readonly Write[]): Promise<void> {
  await kernel.commit({ branch, message: "a change", writes });
}

async function commitsOf(branch: string): Promise<number> {
  return (await kernel.log({ branch, pageSize: 1000 })).commits.length;
}

test("an event published by three attempts is in the outbox once, under the execution's id", async () => {
  const task = taskOf({ type: "oms.ontology.released", subject: "main", data: { a: 1 } });
  const { tools } = toolsOf(kernel);
  const results = [];
  for (const attempt of [1, 2, 3]) {
    const payload = attempt === 3 ? { ...task.payload, data: "edited meanwhile" } : task.payload;
    results.push(await registry.run("publish-event", { ...task, attempt, payload }, tools));
  }
  const [first, ...others] = results;
  assert.deepEqual(others, [first, first]);
  const branch = `${ENV}/events/outbox`;
  assert.equal(await commitsOf(branch), 1);
  const event = await kernel.get(branch, `Event/${task.id}`);
  assert.deepEqual(event?.body, {
    specversion: "1.0",
    id: task.id,
    source: "/jobs/job",
    type: "oms.ontology.released",
    subject: "main",
    time: "2027-01-01T00:00:00.000Z",
    datacontenttype: "application/json",
    data: { a: 1 },
  });
});

test("idle branches go: never main, one that was branched from, one that is young, nor another service's", async () => {
  await branchWith("main", [objectOf("seoul", "Seoul")]);
  for (const name of ["idle", "parent"]) await branchWith(name, [objectOf("a", "A")]);
  await kernel.createBranch({ name: `${ENV}/oms/child`, origin: `${ENV}/oms/parent` });
  await kernel.createBranch({ name: `${ENV}/oms/empty` });
  await kernel.createBranch({ name: `${ENV}/billing/idle` });
  const gc = (plannedMs: number, dryRun: boolean) =>
    registry.run("branch-gc", taskOf({ olderThanDays: 30, dryRun }, { plannedMs }), toolsOf(kernel).tools);
  const names = async () =>
    (await kernel.listBranches()).map(({ name }) => name).filter((name) => !name.includes("/kernel/"));
  const all = await names();

  assert.partialDeepStrictEqual(await gc(Date.now() + 29 * DAY_MS, false), { looked: 3, deleted: 0 });
  const gone = [`${ENV}/oms/child`, `${ENV}/oms/empty`, `${ENV}/oms/idle`];
  const later = Date.now() + 31 * DAY_MS;
  assert.deepEqual(await gc(later, true), { looked: 3, deleted: 3, names: gone, dryRun: true });
  assert.deepEqual(await names(), all);
  assert.deepEqual(await gc(later, false), { looked: 3, deleted: 3, names: gone, dryRun: false });
  assert.deepEqual(
    await names(),
    all.filter((name) => !gone.includes(name)),
  );
});

test("a branch that is written to while it is judged stays", async () => {
  const busy = await branchWith("busy", [objectOf("a", "A")]);
  const racing: Partial<Kernel> = {
    listBranches: async () => {
      const branches = await kernel.listBranches();
      await write(busy, [objectOf("b", "B")]);
      return branches;
    },
    log: (request) => kernel.log(request),
    deleteBranch: (request) => kernel.deleteBranch(request),
  };
  const plannedMs = Date.now() + 31 * DAY_MS;
  await registry.run(
    "branch-gc",
    taskOf({ olderThanDays: 30 }, { plannedMs }),
    toolsOf(racing as Kernel).tools,
  );
  assert.ok((await kernel.listBranches()).some(({ name }) => name === busy));
});

/** The texts of an export's pieces, in order. */
async function piecesOf(result: JsonObject): Promise<string[]> {
  const { branch, prefix, pieces } = result as { branch: string; prefix: string; pieces: number };
  const texts = [];
  for (let n = 0; n < pieces; n++)
    texts.push((await kernel.get<{ text: string }>(branch, `${prefix}${n}`))?.body.text ?? assert.fail());
  return texts;
}

test("an export that is stopped at every checkpoint is the same, piece by piece, as one that never is", async () => {
  const long = '"é\u{1F600}'.repeat(200_000);
  const cities = Array.from({ length: 1200 }, (_, n) =>
    objectOf(`city-${n}`, n % 400 === 7 ? long : `City ${n}`),
  );
  const source = await branchWith("exported", cities);
  const whole = taskOf({ branch: "exported" }, { id: "whole/1" });
  const expected = (await registry.run("export", whole, toolsOf(kernel).tools)) as JsonObject;

  let task: Task<JsonObject> = taskOf({ branch: "exported" }, { id: "stopped/1" });
  let result: unknown;
  for (let attempt = 1; result === undefined; attempt++) {
    const { tools, checkpoints } = toolsOf(kernel, 2);
    result = await registry.run("export", { ...task, attempt }, tools).catch(() => undefined);
    task = { ...task, checkpoint: checkpoints[0]?.data };
    // What is written meanwhile is not of this export.
    await write(source, [objectOf(`late-${attempt}`, "Late")]);
  }
  assert.deepEqual(result, { ...expected, prefix: "Export/stopped/1/" });
  const texts = await piecesOf(result as JsonObject);
  assert.deepEqual(await piecesOf(expected), texts);
  assert.ok(texts.length > 3, `${texts.length} pieces`);
  const lines = texts.join("").trimEnd().split("\n");
  assert.deepEqual(
    new Set(lines.map((line) => (JSON.parse(line) as { id: string }).id)),
    new Set(cities.map((city) => ("put" in city ? city.put.id : ""))),
  );
  const digest = texts.reduce((sum, text) => createHash("sha256").update(sum).update(text).digest("hex"), "");
  assert.deepEqual(result, { ...(result as JsonObject), digest, documents: 1200 });
});

type Embedded = { readonly id: string; readonly text: string };

/** An embedding that keeps what it is asked for; it refuses `refused`. */
function recording() {
  const embedded: Embedded[] = [];
  const keys = new Set<string>();
  const embed: Embed = async ({ id, text }) => {
    if (id === "refused") throw new ServiceError("INVALID_ARGUMENT", "text must be shorter");
    embedded.push({ id, text });
    keys.add(currentContext().key ?? "");
  };
  const run = (task: Task<JsonObject>, tools: Tools) =>
    createRegistry([reembed(embed)]).run("reembed", task, tools);
  return { embedded, keys, run };
}

test("a re-embedding takes up where the last one ended, and takes an object as it now is", async () => {
  const branch = await branchWith("embedded", [
    objectOf("a", "A"),
    objectOf("b", "B"),
    objectOf("refused", "R"),
  ]);
  const payload = { branch: "embedded" };
  const first = recording();
  const outcome = await first.run(taskOf(payload, { id: "e/1", job: "e" }), toolsOf(kernel).tools);
  assert.partialDeepStrictEqual(outcome, { from: "beginning", embedded: 2, refused: 1 });
  const byId = (one: Embedded, other: Embedded) => (one.id < other.id ? -1 : 1);
  assert.deepEqual(first.embedded.sort(byId), [
    { id: "a", text: "A" },
    { id: "b", text: "B" },
  ]);
  assert.equal(first.keys.size, 2);

  await write(branch, [objectOf("c", "C"), { delete: "Object/a" }]);
  const second = recording();
  await second.run(taskOf(payload, { id: "e/2", job: "e" }), toolsOf(kernel).tools);
  assert.deepEqual(second.embedded.sort(byId), [
    { id: "a", text: "" },
    { id: "c", text: "C" },
  ]);
  const third = recording();
  assert.partialDeepStrictEqual(
    await third.run(taskOf(payload, { id: "e/3", job: "e" }), toolsOf(kernel).tools),
    {
      embedded: 0,
    },
  );
});

test("a re-embedding that was stopped begins no page again, and one whose branch was taken back begins anew", async () => {
  const cities = Array.from({ length: 450 }, (_, n) => objectOf(`city-${n}`, `City ${n}`));
  const branch = await branchWith("paged", cities);
  const payload = { branch: "paged" };
  const stopped = recording();
  const { tools, checkpoints } = toolsOf(kernel, 2);
  await assert.rejects(stopped.run(taskOf(payload, { id: "p/1", job: "p" }), tools), /stopped here/);
  const checkpoint = checkpoints.at(-1)?.data;
  const rest = recording();
  const result = await rest.run(taskOf(payload, { id: "p/1", job: "p", checkpoint }), toolsOf(kernel).tools);
  assert.partialDeepStrictEqual(result, { embedded: 450 });
  assert.deepEqual([stopped.embedded.length, rest.embedded.length], [200, 250]);

  await kernel.resetBranch({ name: branch, to: "beginning" });
  await write(branch, [objectOf("only", "Only")]);
  const anew = recording();
  await anew.run(taskOf(payload, { id: "p/2", job: "p" }), toolsOf(kernel).tools);
  assert.deepEqual(anew.embedded, [{ id: "only", text: "Only" }]);
});

test("without an embedding a re-embedding fails, and is tried again", async () => {
  await assert.rejects(registry.run("reembed", taskOf({}), toolsOf(kernel).tools), { code: "UNAVAILABLE" });
});
