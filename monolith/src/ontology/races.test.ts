import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import { events } from "../core/event-publisher/index.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import type { ObjectType } from "./object-type.ts";
import { createOntology, type Ontology } from "./ontology.ts";

let oms: Oms;
let undisturbed: Ontology;
/** The same, with somebody else at work between every decision and its commit. */
let disturbed: Ontology;
let meanwhile: () => Promise<unknown>;

before(async () => {
  oms = await startOms();
  const { kernel } = oms;
  undisturbed = oms.ontology;
  const late: Kernel = {
    get: (branch, id, at) => kernel.get(branch, id, at),
    query: (request) => kernel.query(request),
    stream: (request) => kernel.stream(request),
    log: (request) => kernel.log(request),
    history: (request) => kernel.history(request),
    changes: (request) => kernel.changes(request),
    createBranch: (request) => kernel.createBranch(request),
    listBranches: () => kernel.listBranches(),
    diff: (request) => kernel.diff(request),
    resetBranch: (request) => kernel.resetBranch(request),
    deleteBranch: (request) => kernel.deleteBranch(request),
    getSchema: (branch, type, at) => kernel.getSchema(branch, type, at),
    updateSchema: (request) => kernel.updateSchema(request),
    ready: () => kernel.ready(),
    close: () => kernel.close(),
    async commit(request) {
      await meanwhile();
      return kernel.commit(request);
    },
  };
  disturbed = createOntology({ ...oms, kernel: late, env: "dev", events });
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

describe("writers that come between links and what they join", () => {
  const link = { type: "twinOf", from: "seoul", to: "busan" };
  const busan = { ...seoul, id: "busan" };
  const linkType = { id: "twinOf", from: "City", to: "City", cardinality: "one" as const };
  beforeEach(async () => {
    for (const to of ["busan", "seoul"])
      await undisturbed.links.remove({ ...link, to }).catch(() => undefined);
    await undisturbed.types.put(type(), "anything");
    for (const object of [seoul, busan]) await undisturbed.objects.put(object, "anything");
    await undisturbed.linkTypes.put(linkType, "anything");
  });

  it("an object stays when it is linked while it is being deleted", async () => {
    meanwhile = once(() => undisturbed.links.create(link));
    assert.equal(
      await refusal(() => disturbed.objects.remove("busan", "anything")),
      "FAILED_PRECONDITION id",
    );
    assert.equal((await undisturbed.objects.get("busan")).body.id, "busan");
  });

  it("an object keeps its type when it is linked while it is being changed", async () => {
    await undisturbed.types.put(type({ id: "Town" }), "anything");
    meanwhile = once(() => undisturbed.links.create(link));
    assert.equal(
      await refusal(() => disturbed.objects.put({ ...busan, type: "Town" }, "anything")),
      "FAILED_PRECONDITION type",
    );
  });

  it("nothing is linked to an object that is deleted meanwhile", async () => {
    meanwhile = once(() => undisturbed.objects.remove("busan", "anything"));
    assert.equal(await refusal(() => disturbed.links.create(link)), "NOT_FOUND to");
    assert.equal(await refusal(() => undisturbed.links.get(link)), "NOT_FOUND to");
  });

  it("nothing is linked by a type that joins other objects by then", async () => {
    await undisturbed.types.put(type({ id: "Town" }), "anything");
    meanwhile = once(() => undisturbed.linkTypes.put({ ...linkType, to: "Town" }, "anything"));
    assert.equal(await refusal(() => disturbed.links.create(link)), "INVALID_ARGUMENT to");
  });

  it("an object gets the one link it may have although another came first", async () => {
    meanwhile = once(() => undisturbed.links.create(link));
    assert.equal(
      await refusal(() => disturbed.links.create({ ...link, to: "seoul" })),
      "FAILED_PRECONDITION from",
    );
  });

  it("a link type stays when it gets a link while it is being deleted or changed", async () => {
    meanwhile = once(() => undisturbed.links.create(link));
    assert.equal(
      await refusal(() => disturbed.linkTypes.remove("twinOf", "anything")),
      "FAILED_PRECONDITION id",
    );
    await undisturbed.links.remove(link);
    meanwhile = once(() => undisturbed.links.create(link));
    assert.equal(
      await refusal(() => disturbed.linkTypes.put({ ...linkType, cardinality: "many" }, "anything")),
      "FAILED_PRECONDITION cardinality",
    );
  });

  it("an object type stays when a link type comes to end at it while it is being deleted", async () => {
    await undisturbed.types.put(type({ id: "Town" }), "anything");
    meanwhile = once(() => undisturbed.linkTypes.put({ ...linkType, id: "near", to: "Town" }, "anything"));
    assert.equal(await refusal(() => disturbed.types.remove("Town", "anything")), "FAILED_PRECONDITION id");
  });

  it("a link that is made while it is being removed goes from every list", async () => {
    meanwhile = once(() => undisturbed.links.create(link));
    await disturbed.links.remove(link);
    for (const end of [{}, { from: "seoul" }, { to: "busan" }])
      assert.deepEqual((await undisturbed.links.page({ type: "twinOf", ...end }, {})).documents, []);
  });

  it("a link that somebody else removes first is not found", async () => {
    await undisturbed.links.create(link);
    meanwhile = once(() => undisturbed.links.remove(link));
    assert.equal(await refusal(() => disturbed.links.remove(link)), "NOT_FOUND to");
  });
});
