import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Express } from "express";
import supertest from "supertest";
import { type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
let app: Express;

before(async () => {
  oms = await startOms();
  app = oms.app;
  const properties = [{ name: "name", type: "string" }];
  for (const id of ["Person", "City"]) await put(`/object-types/${id}`, { properties }).expect(201);
  for (const id of ["alice", "bob"]) await put(`/objects/${id}`, { type: "Person", properties: {} });
  for (const id of ["seoul", "busan"]) await put(`/objects/${id}`, { type: "City", properties: {} });
});
after(() => oms.stop());

const put = (path: string, body: object) => supertest(app).put(path).send(body);
const post = (path: string, body: object) => supertest(app).post(path).send(body);
const get = (path: string) => supertest(app).get(path);
const remove = (path: string) => supertest(app).delete(path);
const link = (type: string, from: string, to: string) => post("/links", { type, from, to });

/** Status and fields of what a request was refused with. */
async function refusal(sent: supertest.Test): Promise<string> {
  const { status, body } = await sent;
  const errors: { field: string; message: string }[] = body.errors ?? [];
  return [status, ...errors.map(({ field, message }) => `${field}: ${message}`)].join(" ");
}

async function listed(query: object): Promise<string[]> {
  const { body } = await get("/links").query(query).expect(200);
  return body.links.map(({ from, to }: { from: string; to: string }) => `${from} ${to}`);
}

describe("link types over REST", () => {
  it("are created, read, replaced, listed and deleted", async () => {
    const body = { title: "was born in", from: "Person", to: "City" };
    const created = await post("/link-types", { id: "bornIn", ...body }).expect(201);
    assert.equal(created.headers["location"], "/link-types/bornIn");
    assert.deepEqual(created.body, {
      id: "bornIn",
      ...body,
      cardinality: "many",
      revision: created.body.revision,
    });
    assert.deepEqual((await get("/link-types/bornIn").expect(200)).body, created.body);
    const one = { ...body, cardinality: "one" };
    const replaced = await put("/link-types/bornIn", one).expect(200);
    assert.equal(replaced.body.cardinality, "one");
    assert.deepEqual((await get("/link-types").expect(200)).body.linkTypes, [replaced.body]);
    await remove("/link-types/bornIn").set("If-Match", `"${created.body.revision}"`).expect(409);
    await remove("/link-types/bornIn").expect(204);
    assert.equal(await refusal(remove("/link-types/bornIn")), "404 id: link type bornIn does not exist");
  });

  it("join object types that exist, and keep them", async () => {
    const body = { from: "Person", to: "Planet" };
    assert.equal(await refusal(put("/link-types/x", body)), "404 to: object type Planet does not exist");
    await put("/object-types/Moon", { properties: [] }).expect(201);
    await put("/link-types/landedOn", { from: "Person", to: "Moon" }).expect(201);
    assert.equal(
      await refusal(remove("/object-types/Moon")),
      "422 id: object type Moon is an end of link type landedOn",
    );
    await remove("/link-types/landedOn").expect(204);
    await remove("/object-types/Moon").expect(204);
  });

  it("are refused with everything that is wrong", async () => {
    assert.equal(
      await refusal(post("/link-types", { id: "x", from: "", cardinality: "two", more: 1 })),
      "400 from: must be a letter or digit followed by letters, digits and ._~:- " +
        "to: is required cardinality: must be one of one, many more: is not a known field",
    );
  });

  it("keep their ends, their cardinality and themselves while they have links, but not their title", async () => {
    const type = { from: "Person", to: "City", cardinality: "many" };
    await put("/link-types/visited", type).expect(201);
    await link("visited", "alice", "seoul").expect(201);
    for (const [field, change] of Object.entries({ from: "City", to: "Person", cardinality: "one" }))
      assert.equal(
        await refusal(put("/link-types/visited", { ...type, [field]: change })),
        `422 ${field}: link type visited has links`,
      );
    assert.equal(await refusal(remove("/link-types/visited")), "422 id: link type visited has links");
    await put("/link-types/visited", { ...type, title: "has visited" }).expect(200);
    await remove("/links/visited/alice/seoul").expect(204);
    await put("/link-types/visited", { ...type, cardinality: "one" }).expect(200);
    await remove("/link-types/visited").expect(204);
  });
});

describe("links over REST", () => {
  before(async () => {
    await put("/link-types/knows", { from: "Person", to: "Person" }).expect(201);
    await put("/link-types/likes", { from: "Person", to: "City" }).expect(201);
    await put("/link-types/livesIn", { from: "Person", to: "City", cardinality: "one" }).expect(201);
  });

  it("are created once, read and deleted", async () => {
    const created = await link("likes", "alice", "seoul").expect(201);
    assert.equal(created.headers["location"], "/links/likes/alice/seoul");
    const read = await get("/links/likes/alice/seoul").expect(200);
    assert.deepEqual(read.body, {
      type: "likes",
      from: "alice",
      to: "seoul",
      revision: created.body.revision,
    });
    assert.equal(await refusal(link("likes", "alice", "seoul")), "409 to: is linked already");
    await remove("/links/likes/alice/seoul").expect(204);
    const gone = "404 to: object alice is not linked to seoul as likes";
    assert.equal(await refusal(remove("/links/likes/alice/seoul")), gone);
    assert.equal(await refusal(get("/links/likes/alice/seoul")), gone);
  });

  it("are listed by type, by where they start and by where they lead, in pages", async () => {
    for (const [from, to] of [
      ["bob", "seoul"],
      ["alice", "seoul"],
      ["alice", "busan"],
    ] as const)
      await link("likes", from, to).expect(201);
    assert.deepEqual(await listed({ type: "likes" }), ["alice busan", "alice seoul", "bob seoul"]);
    assert.deepEqual(await listed({ type: "likes", from: "alice" }), ["alice busan", "alice seoul"]);
    assert.deepEqual(await listed({ type: "likes", to: "seoul" }), ["alice seoul", "bob seoul"]);
    assert.deepEqual(await listed({ type: "knows" }), []);
    const query = { type: "likes", from: "alice", pageSize: 1 };
    const { body } = await get("/links").query(query).expect(200);
    assert.deepEqual(await listed({ ...query, pageToken: body.nextPageToken }), ["alice seoul"]);
    for (const path of ["bob/seoul", "alice/seoul", "alice/busan"])
      await remove(`/links/likes/${path}`).expect(204);
  });

  it("have ends that exist and are of the types their type joins", async () => {
    assert.equal(await refusal(link("hates", "alice", "bob")), "404 type: link type hates does not exist");
    assert.equal(await refusal(link("likes", "carol", "seoul")), "404 from: object carol does not exist");
    assert.equal(await refusal(link("likes", "alice", "jeju")), "404 to: object jeju does not exist");
    assert.equal(
      await refusal(link("likes", "seoul", "alice")),
      "400 from: must be a Person to: must be a City",
    );
    assert.equal(await refusal(get("/links?type=hates")), "404 type: link type hates does not exist");
    assert.equal(await refusal(get("/links?type=likes&to=jeju")), "404 to: object jeju does not exist");
    assert.equal(
      await refusal(get("/links?type=likes&to=seoul&from=bob")),
      "400 to: must not be given together with from",
    );
  });

  it("of cardinality one start at an object once, however many try at the same time", async () => {
    const tries = await Promise.all(["seoul", "busan"].map((to) => link("livesIn", "alice", to)));
    assert.deepEqual(tries.map(({ status }) => status).sort(), [201, 422]);
    const [home] = await listed({ type: "livesIn", from: "alice" });
    const other = home === "alice seoul" ? "busan" : "seoul";
    assert.equal(
      await refusal(link("livesIn", "alice", other)),
      `422 from: object alice is linked to ${home?.split(" ")[1]} as livesIn already`,
    );
    await link("livesIn", "bob", "seoul").expect(201);
    await remove("/links/livesIn/bob/seoul").expect(204);
    await link("livesIn", "bob", "busan").expect(201);
    for (const path of [home?.replace(" ", "/"), "bob/busan"])
      await remove(`/links/livesIn/${path}`).expect(204);
  });

  it("keep the objects at their ends, and their types", async () => {
    await link("likes", "bob", "busan").expect(201);
    for (const id of ["bob", "busan"])
      assert.equal(await refusal(remove(`/objects/${id}`)), `422 id: object ${id} has links of type likes`);
    assert.equal(
      await refusal(put("/objects/busan", { type: "Person", properties: {} })),
      "422 type: object busan has links of type likes",
    );
    await put("/objects/busan", { type: "City", properties: { name: "Busan" } }).expect(200);
    await remove("/links/likes/bob/busan").expect(204);
    await put("/objects/busan", { type: "Person", properties: {} }).expect(200);
    await remove("/objects/busan").expect(204);
    await put("/objects/busan", { type: "City", properties: {} }).expect(201);
  });

  it("may join an object with itself", async () => {
    await link("knows", "alice", "alice").expect(201);
    assert.equal(await refusal(remove("/objects/alice")), "422 id: object alice has links of type knows");
    await remove("/links/knows/alice/alice").expect(204);
  });

  it("are made and undone once under one Idempotency-Key", async () => {
    const make = () => link("livesIn", "alice", "seoul").set("Idempotency-Key", "l-1");
    const first = await make().expect(201);
    assert.deepEqual((await make().expect(201)).body, first.body);
    const undo = () => remove("/links/livesIn/alice/seoul").set("Idempotency-Key", "l-2");
    await undo().expect(204);
    await undo().expect(204);
    assert.deepEqual((await make().expect(201)).body, first.body);
    assert.deepEqual(await listed({ type: "livesIn" }), []);
    assert.match(
      await refusal(link("livesIn", "alice", "busan").set("Idempotency-Key", "l-1")),
      /^409 idempotency-key/,
    );
  });
});
