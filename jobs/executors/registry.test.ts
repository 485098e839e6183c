import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { currentContext } from "@oms/chassis/context/context.ts";
import { addressRules } from "@oms/chassis/http/address.ts";
import { z } from "zod";
import type { Executor, Tools } from "../executor.ts";
import { FinalFailure, failureOf } from "../failure.ts";
import type { JsonObject } from "../json.ts";
import { builtInExecutors } from "./built-in.ts";
import { loadExecutors } from "./load.ts";
import { createRegistry } from "./registry.ts";
import { taskOf } from "./task.fixture.ts";

const registry = createRegistry(builtInExecutors({ callbacks: addressRules(undefined, "ALLOW") }));
const noTools = {} as Tools;

function refusal(type: string, payload: JsonObject) {
  try {
    registry.require(type, payload);
  } catch (error) {
    const { code, violations } = error as { code: string; violations: { field: string }[] };
    return { code, fields: violations.map(({ field }) => field) };
  }
  return undefined;
}

/** Whatever an executor returns, without its types in the way. */
function returning(value: unknown): Executor {
  return { type: "any", payload: z.unknown(), run: async () => value as never };
}

test("a job of OMS's types with a payload of theirs is accepted", () => {
  assert.deepEqual(registry.types, ["branch-gc", "export", "http-callback", "publish-event", "reembed"]);
  assert.equal(refusal("branch-gc", { olderThanDays: 30 }), undefined);
  assert.equal(refusal("export", {}), undefined);
  assert.equal(refusal("http-callback", { url: "https://example.com/hook", body: [1] }), undefined);
  assert.equal(refusal("publish-event", { type: "oms.ontology.released" }), undefined);
  assert.equal(refusal("reembed", { branch: "main" }), undefined);
});

test("an unknown type is refused on type, and a payload on its own field", () => {
  const refused = (...fields: string[]) => ({ code: "INVALID_ARGUMENT", fields });
  assert.deepEqual(refusal("fry-eggs", {}), refused("type"));
  assert.deepEqual(refusal("constructor", {}), refused("type"));
  assert.deepEqual(refusal("branch-gc", { olderThanDays: 0 }), refused("payload.olderThanDays"));
  assert.deepEqual(refusal("export", { branhc: "main" }), refused("payload.branhc"));
  assert.deepEqual(refusal("http-callback", { url: "ftp://example.com" }), refused("payload.url"));
  assert.deepEqual(refusal("http-callback", { url: "http://a:b@example.com" }), refused("payload.url"));
  assert.deepEqual(refusal("publish-event", { data: {} }), refused("payload.type"));
});

test("two executors of one type are refused: which would run?", () => {
  assert.throws(() => createRegistry([returning(1), returning(2)]), /each type has one executor/);
});

test("an executor works under the scheduler's name, its kernel commits under the execution's id", async () => {
  const seen: unknown[] = [];
  const looking = returning(undefined);
  const looked = createRegistry([
    { ...looking, run: async () => void seen.push(currentContext().author, currentContext().key) as never },
  ]);
  await looked.run("any", taskOf({}), noTools);
  assert.deepEqual(seen, ["scheduler@oms", taskOf({}).id]);
});

test("a result that is no JSON, or is too large, fails for good", async () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const value of [cycle, 1n, () => 1, Symbol("s"), "x".repeat(300_000)])
    await assert.rejects(
      createRegistry([returning(value)]).run("any", taskOf({}), noTools),
      (error) => error instanceof FinalFailure && error.code === "bad-result",
    );
  const kept = createRegistry([returning({ when: new Date(0), gone: undefined })]);
  assert.deepEqual(await kept.run("any", taskOf({}), noTools), { when: "1970-01-01T00:00:00.000Z" });
});

test("a payload that an executor no longer takes fails for good; a type that only this process lacks does not", async () => {
  const bad = await registry.run("export", taskOf({ branch: 7 }), noTools).catch(failureOf);
  assert.partialDeepStrictEqual(bad, { code: "bad-payload", final: true });
  const lacking = await registry.run("fry-eggs", taskOf({}), noTools).catch(failureOf);
  assert.partialDeepStrictEqual(lacking, { code: "error", final: false });
});

test("modules named in SCHEDULER_EXECUTORS bring more, and one that brings none is refused", async (t) => {
  const folder = await mkdtemp(join(import.meta.dirname, "brought-"));
  t.after(() => rm(folder, { recursive: true }));
  const one = join(folder, "one.ts");
  await writeFile(
    one,
    `import { z } from "zod";
     export const executors = [{ type: "greet", payload: z.object({}), run: async () => "hello" }];`,
  );
  await writeFile(join(folder, "none.ts"), "export const executors = [{ type: 1 }];");
  const more = createRegistry(await loadExecutors(one));
  assert.equal(await more.run("greet", taskOf({}), noTools), "hello");
  await assert.rejects(loadExecutors(`${one},${join(folder, "none.ts")}`), /exports no list `executors`/);
  assert.deepEqual(await loadExecutors(undefined), []);
});
