import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { Documents } from "./documents.ts";
import type { ObjectType } from "./object-type.ts";
import { ObjectTypes } from "./object-types.ts";
import { Objects } from "./objects.ts";

let oms: Oms;
let undisturbed: { types: ObjectTypes; objects: Objects };
/** The same, with somebody else at work between every decision and its commit. */
let disturbed: { types: ObjectTypes; objects: Objects };
let meanwhile: () => Promise<unknown>;

function ontology(documents: Documents) {
  const types = new ObjectTypes(documents);
  return { types, objects: new Objects(documents, types, oms.indexing) };
}

before(async () => {
  oms = await startOms();
  const { kernel } = oms;
  undisturbed = ontology(new Documents(kernel, "dev"));
  const late = new Documents(
    {
      get: (branch, id, at) => kernel.get(branch, id, at),
      query: (request) => kernel.query(request),
      commit: async (request) => {
        await meanwhile();
        return kernel.commit(request);
      },
    },
    "dev",
  );
  disturbed = ontology(late);
});
after(() => oms.stop());

/** The first time only. */
function once(run: () => Promise<unknown>): () => Promise<unknown> {
  let done = false;
  return async () => {
    if (done) return;
    done = true;
    await run();
  };
}

const type = (more: Partial<ObjectType> = {}): ObjectType => ({
  id: "City",
  properties: [{ name: "name", type: "string", required: false }],
  ...more,
});
const seoul = { id: "seoul", type: "City", properties: { name: "Seoul" } };

async function refusal(run: () => Promise<unknown>): Promise<string> {
  const error: unknown = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError);
  return `${error.code} ${error.violations.map(({ field }) => field).join()}`.trim();
}

describe("writers that come between", () => {
  beforeEach(async () => {
    await undisturbed.objects.remove("seoul", "anything").catch(() => undefined);
    await undisturbed.types.put(type(), "anything");
  });

  it("a type stays when it gets an object while it is being deleted", async () => {
    meanwhile = once(() => undisturbed.objects.put(seoul, "anything"));
    assert.equal(await refusal(() => disturbed.types.remove("City", "anything")), "FAILED_PRECONDITION id");
    assert.equal((await undisturbed.types.get("City")).body.id, "City");
  });

  it("a type is deleted although something else on the branch changed", async () => {
    meanwhile = once(() => undisturbed.types.put(type({ id: "Other" }), "anything"));
    await disturbed.types.remove("City", "anything");
    assert.equal(await refusal(() => undisturbed.types.get("City")), "NOT_FOUND id");
  });

  it("an object is not created when its type is deleted meanwhile", async () => {
    meanwhile = once(() => undisturbed.types.remove("City", "anything"));
    assert.equal(await refusal(() => disturbed.objects.put(seoul, "anything")), "NOT_FOUND type");
    assert.equal(await refusal(() => undisturbed.objects.get("seoul")), "NOT_FOUND id");
  });

  it("an object is checked against the type as it has become", async () => {
    const properties = [{ name: "population", type: "number" as const, required: true }];
    meanwhile = once(() => undisturbed.types.put(type({ properties }), "anything"));
    assert.equal(
      await refusal(() => disturbed.objects.put(seoul, "anything")),
      "INVALID_ARGUMENT properties.population,properties.name",
    );
  });

  it("whoever is always overtaken is told so, and has written nothing", async () => {
    let title = 0;
    meanwhile = () => undisturbed.types.put(type({ title: `${++title}` }), "anything");
    assert.equal(await refusal(() => disturbed.objects.put(seoul, "anything")), "ABORTED");
    assert.equal(await refusal(() => undisturbed.objects.get("seoul")), "NOT_FOUND id");
  });

  it("a key answers its first result even after others wrote, and leaves their writes alone", async () => {
    meanwhile = async () => {};
    const keyed = () =>
      runInContext(newContext({ key: "seoul-1" }), () => disturbed.objects.put(seoul, "anything"));
    const first = await keyed();
    await undisturbed.objects.put({ ...seoul, properties: { name: "서울" } }, "anything");
    assert.deepEqual(await keyed(), first);
    assert.deepEqual((await undisturbed.objects.get("seoul")).body.properties, { name: "서울" });
  });
});
