import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { connectKernel, type Kernel, type Write } from "@oms/data-kernel/client.ts";
import fc from "fast-check";
import supertest from "supertest";
import { refusalOf } from "../testing/graphql.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { kernelTypeOf, type OntologyObject, objectDocument, violationsOf } from "./object.ts";
import type { Property } from "./object-type.ts";
import { putSchemaOfObjects } from "./schema.ts";

const BRANCH = "dev/oms/main";

let oms: Oms;
let kernel: Kernel;
before(async () => {
  oms = await startOms();
  kernel = connectKernel({ address: oms.kernelAddress, breaker: false });
});
after(async () => {
  kernel.close();
  await oms.stop();
});

const send = () => supertest(oms.app);

async function isRefused(writes: readonly Write[]): Promise<boolean> {
  try {
    await kernel.commit({ branch: BRANCH, message: "a try", key: randomUUID(), writes });
    return false;
  } catch (error) {
    assert(error instanceof ServiceError && error.code === "FAILED_PRECONDITION", String(error));
    return true;
  }
}

const names = fc.constantFrom("name", "constructor", "toString", "a_1", "hasOwnProperty", "A");
const declared: fc.Arbitrary<Property[]> = fc.uniqueArray(
  fc.record({
    name: names,
    type: fc.constantFrom<Property["type"]>("string", "number", "boolean", "date", "string[]"),
    required: fc.boolean(),
  }),
  { selector: ({ name }) => name, maxLength: 5 },
);
const days = fc
  .tuple(
    fc.integer({ min: 1890, max: 2110 }),
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
  )
  .map(([year, month, day]) => `${year}-${`${month}`.padStart(2, "0")}-${`${day}`.padStart(2, "0")}`);
const times = fc.constantFrom(
  "",
  "T12:00:00Z",
  "T12:00:00",
  "T24:00:00Z",
  "T12:00:00.5+09:00",
  "T12:00:60Z",
  "\n",
  " ",
);
const value = fc.oneof(
  fc.string(),
  fc.tuple(days, times).map(([day, time]) => day + time),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.array(fc.string(), { maxLength: 3 }),
);
const given: fc.Arbitrary<OntologyObject["properties"]> = fc.dictionary(
  fc.oneof(names, fc.constantFrom("__proto__", "a/b", "a~b", "", "이름")),
  value,
  { maxKeys: 6 },
);

describe("the schema of objects", () => {
  it("lets through exactly what the rules of their type let through", async () => {
    const property = fc.asyncProperty(declared, given, async (properties, values) => {
      const type = { id: "Any", properties };
      const body = { id: "any", type: "Any", properties: values };
      const id = objectDocument("any");
      const refused = await isRefused([
        putSchemaOfObjects(type),
        { put: { id, type: kernelTypeOf("Any"), body } },
      ]);
      assert.equal(refused, violationsOf(type, values).length > 0);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it("refuses bodies that OMS would never write", async () => {
    const schema = putSchemaOfObjects({ id: "T", properties: [] });
    const good = { id: "t", type: "T", properties: {} };
    const bodies = [good, {}, { ...good, type: "Other" }, { ...good, more: 1 }, { ...good, properties: [] }];
    const refused = [];
    for (const body of bodies)
      refused.push(await isRefused([schema, { put: { id: "Object/t", type: kernelTypeOf("T"), body } }]));
    assert.deepEqual(refused, [false, true, true, true, true]);
  });
});

describe("what the kernel finds", () => {
  before(async () => {
    const properties = [
      { name: "name", type: "string" },
      { name: "tags", type: "string[]" },
    ];
    await send().put("/object-types/City").send({ properties }).expect(201);
    const found = await kernel.getSchema(BRANCH, kernelTypeOf("City"));
    assert(found);
    const { properties: body, ...rest } = found.schema as { properties: object };
    const strict = { name: { maxLength: 5 }, tags: { items: { maxLength: 5 } } };
    const schema = {
      ...rest,
      properties: body,
      allOf: [{ properties: { properties: { properties: strict } } }],
    };
    await kernel.updateSchema({ branch: BRANCH, message: "short names", type: kernelTypeOf("City"), schema });
  });

  it("is 422 over REST, by the fields of the caller's body, and nothing is written", async () => {
    const city = { type: "City", properties: { name: "Gyeongju", tags: ["old", "capital"] } };
    const { status, body } = await send().put("/objects/gyeongju").send(city);
    const message = "must NOT have more than 5 characters";
    assert.deepEqual(
      [status, body.title, body.errors],
      [
        422,
        "FAILED_PRECONDITION",
        [
          { field: "properties.name", message },
          { field: "properties.tags[1]", message },
        ],
      ],
    );
    await send().get("/objects/gyeongju").expect(404);
    await send()
      .put("/objects/seoul")
      .send({ type: "City", properties: { name: "Seoul" } })
      .expect(201);
  });

  it("is the same over GraphQL", async () => {
    const input = `{ id: "gyeongju", type: "City", properties: { name: "Gyeongju" } }`;
    const refused = await refusalOf(oms.app, `mutation { createObject(object: ${input}) { id } }`);
    const { body } = await send()
      .post("/objects")
      .send({ id: "gyeongju", type: "City", properties: { name: "Gyeongju" } });
    assert.deepEqual(refused, { title: body.title, detail: body.detail, errors: body.errors });
    assert.equal(refused.title, "FAILED_PRECONDITION");
  });

  it("is nothing for a type from before there were schemas, and a type takes its schema along when it goes", async () => {
    await send().put("/object-types/Old").send({ properties: [] }).expect(201);
    await kernel.commit({ branch: BRANCH, message: "as it was", writes: [{ delete: "Schema/Object/Old" }] });
    await send().put("/objects/old").send({ type: "Old", properties: {} }).expect(201);
    await send().delete("/objects/old").expect(204);
    await send().put("/object-types/Old").send({ properties: [] }).expect(200);
    assert(await kernel.getSchema(BRANCH, "Object/Old"));
    await send().delete("/object-types/Old").expect(204);
    assert.equal(await kernel.getSchema(BRANCH, "Object/Old"), undefined);
  });

  it("keeps an object that a link refers to, whoever deletes it", async () => {
    await send().put("/link-types/near").send({ from: "City", to: "City" }).expect(201);
    for (const id of ["a", "b"]) await send().put(`/objects/${id}`).send({ type: "City", properties: {} });
    await send().post("/links").send({ type: "near", from: "a", to: "b" }).expect(201);
    assert.equal(await isRefused([{ delete: "Object/b" }]), true);
    await send().delete("/links/near/a/b").expect(204);
    assert.equal(await isRefused([{ delete: "Object/b" }]), false);
    await send().delete("/link-types/near").expect(204);
    assert.equal(await kernel.getSchema(BRANCH, "Link/near"), undefined);
  });
});
