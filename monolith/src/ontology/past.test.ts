import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Express } from "express";
import supertest from "supertest";
import { embeddings } from "../core/embeddings/index.ts";
import { type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
let app: Express;

before(async () => {
  oms = await startOms();
  app = oms.app;
});
after(() => oms.stop());

const put = (path: string, body: object) => supertest(app).put(path).send(body);
const read = async (path: string, at?: string) => {
  const { status, body } = await supertest(app)
    .get(path)
    .query(at === undefined ? {} : { at });
  return status === 200 ? body : status;
};
const city = (name: string) => ({ type: "City", properties: { name } });

describe("the history of an object", () => {
  before(async () => {
    await put("/object-types/City", { properties: [{ name: "name", type: "string" }] }).expect(201);
  });

  it("says who did what to it and when, newest first, in pages, also when it is gone", async () => {
    await put("/objects/seoul", city("Hanyang")).set("oms-author", "alice@oms").expect(201);
    await put("/objects/busan", city("Busan")).expect(201);
    await put("/objects/seoul", city("Seoul")).set("oms-author", "bob@oms").expect(200);
    await supertest(app).delete("/objects/seoul").expect(204);
    const { history } = await read("/objects/seoul/history");
    assert.deepEqual(
      history.map(({ kind, author, message }: Record<string, string>) => [kind, author, message]),
      [
        ["deleted", "anonymous@oms", "delete object seoul"],
        ["updated", "bob@oms", "put object seoul"],
        ["created", "alice@oms", "put object seoul"],
      ],
    );
    for (const { time } of history) assert.equal(new Date(time).toISOString(), time);
    const first = await read("/objects/seoul/history?pageSize=2");
    assert.deepEqual(first.history, history.slice(0, 2));
    const rest = await read(`/objects/seoul/history?pageSize=2&pageToken=${first.nextPageToken}`);
    assert.deepEqual(rest, { history: history.slice(2) });
    assert.deepEqual(await read("/objects/seoul/history", history[1].commit), { history: history.slice(1) });
  });

  it("of what never was is not found", async () => {
    const { body } = await supertest(app).get("/objects/atlantis/history").expect(404);
    assert.deepEqual(body.errors, [{ field: "id", message: "object atlantis never existed" }]);
  });

  it("names commits that the object can be read at", async () => {
    await put("/objects/read", city("one")).expect(201);
    await put("/objects/read", city("two")).expect(200);
    const { history } = await read("/objects/read/history");
    const names = [];
    for (const { commit } of history) names.push((await read("/objects/read", commit)).properties.name);
    assert.deepEqual(names, ["two", "one"]);
  });
});

describe("reading at a commit", () => {
  let early: string;
  before(async () => {
    const properties = [{ name: "name", type: "string" }];
    await put("/object-types/Lake", { properties }).expect(201);
    await put("/link-types/flowsInto", { from: "Lake", to: "Lake" }).expect(201);
    for (const id of ["erie", "ontario"]) await put(`/objects/${id}`, { type: "Lake", properties: {} });
    const link = { type: "flowsInto", from: "erie", to: "ontario" };
    const linked = await supertest(app).post("/links").send(link).expect(201);
    early = linked.body.revision;
    await supertest(app).delete("/links/flowsInto/erie/ontario").expect(204);
    await supertest(app).delete("/objects/ontario").expect(204);
    await put("/objects/huron", { type: "Lake", properties: {} }).expect(201);
    await supertest(app).delete("/link-types/flowsInto").expect(204);
    await put("/object-types/Lake", { title: "Lakes", properties }).expect(200);
  });

  it("shows objects, types and links as they were then, one by one and listed", async () => {
    const ids = async (path: string, field: string, at?: string) => {
      const answer = await read(path, at);
      return answer[field]?.map(({ id, to }: { id?: string; to?: string }) => id ?? to) ?? answer;
    };
    assert.deepEqual(await ids("/objects?type=Lake", "objects"), ["erie", "huron"]);
    assert.deepEqual(await ids("/objects?type=Lake", "objects", early), ["erie", "ontario"]);
    assert.deepEqual([await read("/objects/huron", early), await read("/objects/ontario")], [404, 404]);
    assert.equal((await read("/object-types/Lake", early)).title, undefined);
    assert.deepEqual(await ids("/link-types", "linkTypes", early), ["flowsInto"]);
    assert.equal((await read("/link-types/flowsInto", early)).from, "Lake");
    for (const end of ["", "&from=erie", "&to=ontario"])
      assert.deepEqual(await ids(`/links?type=flowsInto${end}`, "links", early), ["ontario"]);
    assert.equal((await read("/links/flowsInto/erie/ontario", early)).revision, early);
    assert.deepEqual([await read("/links?type=flowsInto"), await read("/link-types/flowsInto")], [404, 404]);
  });

  for (const path of [
    "/objects/erie",
    "/objects?type=Lake",
    "/object-types",
    "/objects/erie/history",
    "/links?type=x",
  ])
    it(`answers an unknown commit with 404 on at: ${path}`, async () => {
      const { body } = await supertest(app).get(path).query({ at: "no-such-commit" }).expect(404);
      assert.deepEqual(body.errors, [{ field: "at", message: "the branch has no commit no-such-commit" }]);
    });

  it("refuses an empty commit by name", async () => {
    const { body } = await supertest(app).get("/objects/erie?at=").expect(400);
    assert.equal(body.errors[0].field, "at");
  });
});

describe("branches over REST", () => {
  const create = (body: object) => supertest(app).post("/branches").send(body);
  const nameAt = async (id: string, branch: string) =>
    (await read(`/objects/${id}?branch=${branch}`)).properties?.name;

  it("begin as their origin and go their own way", async () => {
    await put("/objects/split", city("one")).expect(201);
    const { body } = await create({ name: "plan" }).expect(201);
    assert.deepEqual([body.name, body.origin, body.head], ["plan", "main", body.originCommit]);
    await put("/objects/split?branch=plan", city("two")).expect(200);
    assert.deepEqual([await nameAt("split", "main"), await nameAt("split", "plan")], ["one", "two"]);
    const { history } = await read("/objects/split/history?branch=plan");
    assert.deepEqual(
      history.map(({ kind }: { kind: string }) => kind),
      ["updated", "created"],
    );
  });

  it("may begin at a commit of any branch", async () => {
    const { headers } = await put("/objects/moment?branch=plan", city("then")).expect(201);
    const at = headers["etag"]?.slice(1, -1);
    await put("/objects/moment?branch=plan", city("later")).expect(200);
    const { body } = await create({ name: "retake", origin: "plan", at }).expect(201);
    assert.equal(body.originCommit, at);
    assert.equal(await nameAt("moment", "retake"), "then");
  });

  it("are created once: again the same answers the first, another beginning is refused", async () => {
    const first = await create({ name: "once" }).expect(201);
    assert.deepEqual((await create({ name: "once" }).expect(200)).body, first.body);
    const { body } = await create({ name: "once", origin: "plan" }).expect(409);
    assert.equal(body.errors[0].field, "name");
  });

  it("are listed by name, and nobody else's are", async () => {
    const { branches } = await read("/branches");
    assert.deepEqual(
      branches.map(({ name }: { name: string }) => name),
      ["draft", "main", "once", "plan", "retake"],
    );
    assert.equal("origin" in branches[0], false);
  });

  it("are found by search as their origin was", async () => {
    await put("/objects/tower", city("a tall radio tower")).expect(201);
    await create({ name: "searched" }).expect(201);
    await oms.sweep.settled();
    const { hits } = await embeddings.search({ branch: "searched", query: "radio tower", k: 1, types: [] });
    assert.equal(hits[0]?.id, "tower");
  });

  const refused: [body: object, status: number, field: string, message: string][] = [
    [{}, 400, "name", "is required"],
    [
      { name: "Main" },
      400,
      "name",
      "must be a lower-case letter or digit followed by lower-case letters, digits and ._-",
    ],
    [
      { name: "x/y" },
      400,
      "name",
      "must be a lower-case letter or digit followed by lower-case letters, digits and ._-",
    ],
    [{ name: "x", origin: "nowhere" }, 404, "origin", "branch nowhere does not exist"],
    [{ name: "x", at: "never" }, 404, "at", "the branch has no commit never"],
    [{ name: "x", from: "main" }, 400, "from", "is not a known field"],
  ];
  for (const [body, status, field, message] of refused)
    it(`are refused: ${JSON.stringify(body)}`, async () => {
      const answer = await create(body).expect(status);
      assert.deepEqual(answer.body.errors, [{ field, message }]);
    });
});
