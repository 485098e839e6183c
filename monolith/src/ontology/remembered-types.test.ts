import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import type { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Doc, Kernel } from "@oms/data-kernel/client.ts";
import { events } from "../core/event-publisher/index.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import type { ObjectType } from "./object-type.ts";
import { createOntology, type Ontology } from "./ontology.ts";
import { RememberedTypes } from "./remembered-types.ts";

let oms: Oms;
/** Two instances of OMS on one kernel: `here` remembers, and what it reads is counted. */
let here: Ontology;
let elsewhere: Ontology;
let remembered: RememberedTypes;
let reads: string[] = [];

before(async () => {
  oms = await startOms();
  elsewhere = oms.ontology;
});
after(() => oms.stop());
beforeEach(async () => {
  remembered = new RememberedTypes();
  const counting: Pick<Kernel, "get"> = {
    get: (branch, id, at) => {
      reads.push(id);
      return oms.kernel.get(branch, id, at);
    },
  };
  const kernel = new Proxy(oms.kernel, {
    get: (target, name) => (name === "get" ? counting.get : Reflect.get(target, name).bind(target)),
  });
  here = createOntology({ ...oms, kernel, env: "dev", remembered, events });
  await as(() => elsewhere.types.put(type(["name"]), "anything"));
  reads = [];
});

const as = <R>(run: () => Promise<R>, shadow = false) => runInContext(newContext({ shadow }), run);
const type = (names: readonly string[]): ObjectType => ({
  id: "City",
  properties: names.map((name) => ({ name, type: "string", required: false })),
});
const put = (ontology: Ontology, properties: Record<string, string>) =>
  as(() => ontology.objects.put({ id: "seoul", type: "City", properties }, "anything"));
const typeReads = () => reads.filter((id) => id === "ObjectType/City").length;

describe("what OMS remembers of types", () => {
  it("is nothing while the commits are not told", async () => {
    for (const name of ["Seoul", "Hanseong"]) await put(here, { name });
    assert.equal(typeReads(), 2);
    remembered.told(true);
    await put(here, { name: "Seoul" });
    remembered.told(false);
    await put(here, { name: "Hanseong" });
    assert.equal(typeReads(), 4);
  });

  it("saves a write the read of its type, until the type changes", async () => {
    remembered.told(true);
    for (const name of ["Seoul", "Hanseong", "Seoul"]) await put(here, { name });
    assert.equal(typeReads(), 1);
    remembered.forget("main", "Object/seoul");
    remembered.forget("draft", "ObjectType/City");
    await put(here, { name: "Hanseong" });
    assert.equal(typeReads(), 1);
    remembered.forget("main", "ObjectType/City");
    await put(here, { name: "Seoul" });
    assert.equal(typeReads(), 2);
  });

  it("refuses nothing that the type allows by now, before the change is told", async () => {
    remembered.told(true);
    await put(here, { name: "Seoul" });
    await as(() => elsewhere.types.put(type(["name", "river"]), "anything"));
    await put(here, { name: "Seoul", river: "Han" });
    assert.equal(typeReads(), 2);
  });

  it("lets nothing through that the type refuses by now, before the change is told", async () => {
    remembered.told(true);
    await put(here, { name: "Seoul" });
    await as(() => elsewhere.types.put(type(["title"]), "anything"));
    const refused = put(here, { name: "Hanseong" });
    await assert.rejects(refused, ({ code }: ServiceError) => code === "INVALID_ARGUMENT");
  });

  it("is what this instance has written itself, at once", async () => {
    remembered.told(true);
    await put(here, { name: "Seoul" });
    await as(() => here.types.put(type(["name", "river"]), "anything"));
    reads = [];
    await put(here, { river: "Han" });
    assert.equal(typeReads(), 1);
    await as(() => here.objects.remove("seoul", "anything"));
    await as(() => here.types.remove("City", "anything"));
    await assert.rejects(put(here, { name: "Seoul" }), ({ code }: ServiceError) => code === "NOT_FOUND");
  });

  it("is never what was read before a change of which it was told meanwhile", async () => {
    remembered.told(true);
    const old: Doc<ObjectType> = {
      id: "ObjectType/City",
      type: "ObjectType",
      body: type([]),
      revision: "old",
    };
    await remembered.reading("main", async () => {
      remembered.forget("main", old.id);
      return old;
    });
    assert.equal(remembered.get("main", "City"), undefined);
    await remembered.reading("main", async () => old);
    assert.equal(remembered.get("main", "City"), old);
  });

  it("is not for shadow calls", async () => {
    remembered.told(true);
    await as(() => here.types.get("City"), true);
    assert.equal(remembered.get("main", "City"), undefined);
    await as(() => here.types.get("City"));
    assert.ok(remembered.get("main", "City"));
    assert.equal(await as(async () => here.types.remembered("City"), true), undefined);
  });
});
