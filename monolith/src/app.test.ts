import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Express } from "express";
import supertest from "supertest";
import { type Oms, startOms } from "./testing/oms.ts";

let oms: Oms;
let app: Express;

before(async () => {
  oms = await startOms();
  app = oms.app;
});
after(() => oms.stop());

const city = {
  properties: [
    { name: "name", type: "string", required: true },
    { name: "population", type: "number" },
    { name: "founded", type: "date" },
  ],
};

describe("object types over REST", () => {
  it("are created, read, replaced, listed and deleted", async () => {
    const created = await supertest(app)
      .post("/object-types")
      .send({ id: "River", ...city })
      .expect(201);
    assert.equal(created.headers["location"], "/object-types/River");
    assert.equal(created.headers["etag"], `"${created.body.revision}"`);
    assert.equal(created.body.properties[1].required, false);

    const read = await supertest(app).get("/object-types/River").expect(200);
    assert.deepEqual(read.body, created.body);

    const replaced = await supertest(app)
      .put("/object-types/River")
      .send({ title: "Rivers", ...city })
      .expect(200);
    assert.equal(replaced.body.title, "Rivers");
    assert.notEqual(replaced.body.revision, created.body.revision);

    await supertest(app).put("/object-types/Lake").send(city).expect(201);
    const first = await supertest(app).get("/object-types?pageSize=1").expect(200);
    assert.deepEqual(
      first.body.objectTypes.map(({ id }: { id: string }) => id),
      ["Lake"],
    );
    const next = await supertest(app)
      .get("/object-types")
      .query({ pageSize: 1, pageToken: first.body.nextPageToken });
    assert.deepEqual(
      next.body.objectTypes.map(({ id }: { id: string }) => id),
      ["River"],
    );

    for (const id of ["River", "Lake"]) await supertest(app).delete(`/object-types/${id}`).expect(204);
    await supertest(app).get("/object-types/River").expect(404);
    await supertest(app).delete("/object-types/River").expect(404);
  });

  it("are created once: a second POST is a conflict", async () => {
    await supertest(app)
      .post("/object-types")
      .send({ id: "Twice", ...city })
      .expect(201);
    const { body } = await supertest(app)
      .post("/object-types")
      .send({ id: "Twice", ...city })
      .expect(409);
    assert.equal(body.title, "ALREADY_EXISTS");
    assert.deepEqual(body.errors, [{ field: "id", message: "exists already" }]);
  });

  it("are not deleted while they have objects", async () => {
    await supertest(app).put("/object-types/Full").send(city).expect(201);
    await supertest(app)
      .put("/objects/in-full")
      .send({ type: "Full", properties: { name: "x" } })
      .expect(201);
    const { body } = await supertest(app).delete("/object-types/Full").expect(422);
    assert.equal(body.title, "FAILED_PRECONDITION");
    assert.equal(body.errors[0].field, "id");
    await supertest(app).delete("/objects/in-full").expect(204);
    await supertest(app).delete("/object-types/Full").expect(204);
  });
});

describe("objects over REST", () => {
  const seoul = { type: "City", properties: { name: "Seoul", population: 9.4e6, founded: "1394-10-25" } };
  before(async () => {
    for (const branch of ["main", "draft"])
      await supertest(app).put("/object-types/City").query({ branch }).send(city).expect(201);
  });

  it("are created, read, replaced, listed by type and deleted", async () => {
    const created = await supertest(app)
      .post("/objects")
      .send({ id: "seoul", ...seoul })
      .expect(201);
    assert.deepEqual(created.body, { id: "seoul", ...seoul, revision: created.body.revision });
    const read = await supertest(app).get("/objects/seoul").expect(200);
    assert.deepEqual(read.body, created.body);
    const properties = { name: "Seoul", population: 10 };
    const replaced = await supertest(app)
      .put("/objects/seoul")
      .send({ type: "City", properties })
      .expect(200);
    assert.deepEqual(replaced.body.properties, properties);
    const listed = await supertest(app).get("/objects?type=City").expect(200);
    assert.deepEqual(listed.body.objects, [replaced.body]);
    await supertest(app).delete("/objects/seoul").expect(204);
    await supertest(app).get("/objects/seoul").expect(404);
  });

  it("may change their type, and are then listed under the new one alone", async () => {
    await supertest(app).put("/object-types/Town").send(city).expect(201);
    await supertest(app)
      .put("/objects/grown")
      .send({ ...seoul, type: "Town" })
      .expect(201);
    await supertest(app).put("/objects/grown").send(seoul).expect(200);
    assert.deepEqual((await supertest(app).get("/objects?type=Town")).body.objects, []);
    await supertest(app).delete("/object-types/Town").expect(204);
    await supertest(app).delete("/objects/grown").expect(204);
  });

  it("are refused with everything their type does not allow", async () => {
    const properties = { population: "many", founded: "soon", mayor: "x" };
    const { body } = await supertest(app).put("/objects/bad").send({ type: "City", properties }).expect(400);
    assert.deepEqual(body.errors, [
      { field: "properties.name", message: "is required" },
      { field: "properties.population", message: "must be a number" },
      { field: "properties.founded", message: "must be an ISO 8601 date or date-time with offset" },
      { field: "properties.mayor", message: "is not a property of City" },
    ]);
  });

  it("need a type that exists", async () => {
    const { body } = await supertest(app)
      .put("/objects/x")
      .send({ type: "Nothing", properties: {} })
      .expect(404);
    assert.equal(body.errors[0].field, "type");
  });

  it("are written only at the revision the writer read, when it says so", async () => {
    const first = await supertest(app).put("/objects/raced").send(seoul).expect(201);
    const etag = first.headers["etag"] ?? "";
    await supertest(app).put("/objects/raced").set("If-Match", etag).send(seoul).expect(200);
    const { body } = await supertest(app).put("/objects/raced").set("If-Match", etag).send(seoul).expect(409);
    assert.equal(body.title, "ABORTED");
    assert.equal(body.errors[0].field, "if-match");
    await supertest(app).delete("/objects/raced").set("If-Match", etag).expect(409);
    await supertest(app).delete("/objects/raced").set("If-Match", "W/x").expect(400);
  });

  it("are written once under one Idempotency-Key", async () => {
    const put = (population: number) =>
      supertest(app)
        .post("/objects")
        .set("Idempotency-Key", "k-1")
        .send({ id: "keyed", type: "City", properties: { name: "Keyed", population } });
    const first = await put(1).expect(201);
    const again = await put(1).expect(201);
    assert.deepEqual(again.body, first.body);
    const { body } = await put(2).expect(409);
    assert.equal(body.errors[0].field, "idempotency-key");
    const remove = () => supertest(app).delete("/objects/keyed").set("Idempotency-Key", "k-2");
    await remove().expect(204);
    await remove().expect(204);
    await supertest(app).delete("/objects/keyed").expect(404);
  });

  it("live on the branch that is named, and an unknown branch is not found by its own name", async () => {
    await supertest(app).put("/objects/branched?branch=draft").send(seoul).expect(201);
    await supertest(app).get("/objects/branched").expect(404);
    await supertest(app).get("/objects/branched?branch=draft").expect(200);
    const { body } = await supertest(app).get("/objects/branched?branch=nowhere").expect(404);
    assert.deepEqual(body.errors, [{ field: "branch", message: "branch nowhere does not exist" }]);
  });

  it("are committed under the name of their author", async () => {
    await supertest(app).put("/objects/authored").set("oms-author", "alice@oms").send(seoul).expect(201);
    const { commits } = await oms.kernel.log({ branch: "dev/oms/main", pageSize: 1 });
    assert.equal(commits[0]?.author, "alice@oms");
    await supertest(app).put("/objects/authored").set("oms-author", "alice").send(seoul).expect(400);
  });

  it("are found as soon as they are written, Korean ones too, and no longer once deleted", async () => {
    const write = (id: string, name: string) =>
      supertest(app).put(`/objects/${id}`).send({ type: "City", properties: { name } }).expect(201);
    await write("harbour", "A harbour full of fishing boats");
    await write("busan", "부산광역시 해운대");
    const ids = async (query: string) => {
      const { body } = await supertest(app)
        .post("/search")
        .send({ query, types: ["City"] })
        .expect(200);
      return body.hits.map(({ id }: { id: string }) => id);
    };
    assert.equal((await ids("ships and fishermen"))[0], "harbour");
    assert.deepEqual(await ids("해운대"), ["busan"]);
    await supertest(app).delete("/objects/busan").expect(204);
    assert.deepEqual(await ids("해운대"), []);
  });
});

describe("the edges of the API", () => {
  const cases = [
    ["an unknown path", () => supertest(app).get("/nothing"), 404, "path"],
    ["a malformed body", () => supertest(app).post("/objects").type("json").send("{"), 400, "body"],
    ["no body", () => supertest(app).post("/objects"), 400, "body"],
    [
      "an unknown field",
      () => supertest(app).post("/objects").send({ id: "x", type: "City", properties: {}, z: 1 }),
      400,
      "z",
    ],
    ["an id that cannot be one", () => supertest(app).get("/objects/%20"), 400, "id"],
    ["a page of 0", () => supertest(app).get("/object-types?pageSize=0"), 400, "pageSize"],
    ["a page of 1001", () => supertest(app).get("/object-types?pageSize=1001"), 400, "pageSize"],
    ["a page token that is none", () => supertest(app).get("/object-types?pageToken=x"), 400, "pageToken"],
    [
      "a branch with a control character",
      () => supertest(app).get("/object-types?branch=%01"),
      400,
      "branch",
    ],
    ["two branches", () => supertest(app).get("/object-types?branch=a&branch=b"), 400, "branch"],
    ["objects of no type", () => supertest(app).get("/objects"), 400, "type"],
  ] as const;
  for (const [what, send, status, field] of cases)
    it(`answers ${what} with ${status} on ${field}`, async () => {
      const response = await send();
      assert.equal(response.status, status);
      assert.equal(response.type, "application/problem+json");
      assert.equal(JSON.parse(response.text).errors[0].field, field);
    });

  it("sets helmet's headers and says which build answers", async () => {
    const { headers } = await supertest(app).get("/object-types").expect(200);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["oms-build"], "test");
  });
});
