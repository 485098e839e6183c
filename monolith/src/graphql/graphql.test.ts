import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Express } from "express";
import supertest from "supertest";
import { dataOf, refusalOf } from "../testing/graphql.ts";
import { type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
let app: Express;

before(async () => {
  oms = await startOms();
  app = oms.app;
  for (const branch of ["main", "draft"])
    await dataOf(
      app,
      `mutation {
        person: putObjectType(objectType: {id: "Person", properties: [{name: "name", type: "string", required: true}]}) { id }
        city: putObjectType(objectType: {id: "City", title: "Cities", properties: [{name: "about", type: "string"}]}) { id }
        livesIn: putLinkType(linkType: {id: "livesIn", from: "Person", to: "City", cardinality: "one"}) { id }
        likes: putLinkType(linkType: {id: "likes", from: "Person", to: "City"}) { id }
        alice: putObject(object: {id: "alice", type: "Person", properties: {name: "Alice"}}) { id }
        seoul: putObject(object: {id: "seoul", type: "City", properties: {about: "A royal palace"}}) { id }
      }`,
      { branch },
    );
});
after(() => oms.stop());

const rest = async (path: string) => (await supertest(app).get(path).expect(200)).body;

describe("GraphQL reads what REST reads", () => {
  it("types, objects and links, one by one", async () => {
    await dataOf(app, `mutation { createLink(link: {type: "likes", from: "alice", to: "seoul"}) { type } }`);
    const data = await dataOf(
      app,
      `{
        objectType(id: "Person") { id properties { name type required } revision }
        object(id: "alice") { id type properties revision }
        linkType(id: "livesIn") { id from to cardinality revision }
        link(type: "likes", from: "alice", to: "seoul") { type from to revision }
        branches { name }
      }`,
    );
    const { branches } = await rest("/branches");
    assert.deepEqual(data, {
      objectType: await rest("/object-types/Person"),
      object: await rest("/objects/alice"),
      linkType: await rest("/link-types/livesIn"),
      link: await rest("/links/likes/alice/seoul"),
      branches: branches.map(({ name }: { name: string }) => ({ name })),
    });
  });

  it("lists in pages", async () => {
    const page = (pageToken?: string) =>
      dataOf(
        app,
        `query($pageToken: String) { objectTypes(pageSize: 1, pageToken: $pageToken) { nodes { id } nextPageToken } }`,
        {
          variables: { pageToken },
        },
      );
    const { objectTypes: first } = await page();
    assert.ok(first && typeof first === "object" && "nextPageToken" in first);
    assert.deepEqual(first["nodes"], [{ id: "City" }]);
    const next = await page(String(first["nextPageToken"]));
    assert.deepEqual(next, { objectTypes: { nodes: [{ id: "Person" }], nextPageToken: null } });
    const { objects, linkTypes } = await dataOf(
      app,
      `{ objects(type: "City") { nodes { id } } linkTypes { nodes { id } } }`,
    );
    assert.deepEqual(
      [objects, linkTypes],
      [{ nodes: [{ id: "seoul" }] }, { nodes: [{ id: "likes" }, { id: "livesIn" }] }],
    );
  });

  it("leads from an object along its links and back, to its type and to its history", async () => {
    await dataOf(
      app,
      `mutation { createLink(link: {type: "livesIn", from: "alice", to: "seoul"}) { type } }`,
    );
    const { object } = await dataOf(
      app,
      `{ object(id: "alice") {
        objectType { id }
        linksFrom(type: "livesIn") { nodes { toObject { id linksTo(type: "livesIn") { nodes { fromObject { id } } } } } }
        history { nodes { kind author message } }
      } }`,
    );
    assert.deepEqual(object, {
      objectType: { id: "Person" },
      linksFrom: {
        nodes: [{ toObject: { id: "seoul", linksTo: { nodes: [{ fromObject: { id: "alice" } }] } } }],
      },
      history: { nodes: [{ kind: "created", author: "anonymous@oms", message: "put object alice" }] },
    });
  });

  it("reads everything below as of the commit the first was read at", async () => {
    const { put } = await dataOf(
      app,
      `mutation { put: putObject(object: {id: "busan", type: "City", properties: {about: "then"}}) { revision } }`,
    );
    const { created } = await dataOf(
      app,
      `mutation {
        created: createLink(link: {type: "likes", from: "alice", to: "busan"}) { revision }
        putObject(object: {id: "busan", type: "City", properties: {about: "later"}}) { id }
        putObjectType(objectType: {id: "City", title: "Towns", properties: [{name: "about", type: "string"}]}) { id }
        deleteLink(link: {type: "likes", from: "alice", to: "busan"})
      }`,
    );
    assert.ok(created && typeof created === "object" && "revision" in created);
    const { then, before, now } = await dataOf(
      app,
      `query($at: ID, $before: ID) {
        then: object(id: "busan", at: $at) {
          properties objectType { title }
          linksTo(type: "likes") { nodes { fromObject { linksFrom(type: "likes", pageSize: 1) { nodes { toObject { properties } } } } } }
          history { nodes { kind } }
        }
        before: object(id: "busan", at: $before) { linksTo(type: "likes") { nodes { from } } }
        now: object(id: "busan") { properties objectType { title } linksTo(type: "likes") { nodes { from } } }
      }`,
      {
        variables: {
          at: created["revision"],
          before: put && typeof put === "object" && "revision" in put && put["revision"],
        },
      },
    );
    const about = (text: string) => ({ about: text });
    assert.deepEqual(then, {
      properties: about("then"),
      objectType: { title: "Cities" },
      linksTo: {
        nodes: [{ fromObject: { linksFrom: { nodes: [{ toObject: { properties: about("then") } }] } } }],
      },
      history: { nodes: [{ kind: "created" }] },
    });
    assert.deepEqual(before, { linksTo: { nodes: [] } });
    assert.deepEqual(now, {
      properties: about("later"),
      objectType: { title: "Towns" },
      linksTo: { nodes: [] },
    });
  });

  it("searches, embeds and compares like the door", async () => {
    const { search, embed, similarity } = await dataOf(
      app,
      `{
        search(query: "the king's castle", k: 1, types: ["City"]) { hits { id match object { properties } } poorlyCovered }
        embed(texts: ["a dog", "개"]) { embeddings { poorlyCovered truncated } }
        similarity(a: "a dog", b: "a dog") { poorlyCovered }
      }`,
    );
    const object = { properties: { about: "A royal palace" } };
    assert.deepEqual(search, { hits: [{ id: "seoul", match: "vector", object }], poorlyCovered: false });
    assert.deepEqual(embed, {
      embeddings: [
        { poorlyCovered: false, truncated: false },
        { poorlyCovered: true, truncated: false },
      ],
    });
    assert.deepEqual(similarity, { poorlyCovered: false });
  });
});

describe("GraphQL writes what REST writes", () => {
  it("creates, replaces at a revision, and deletes", async () => {
    const { created } = await dataOf(
      app,
      `mutation($o: ObjectInput!) { created: createObject(object: $o) { id properties revision } }`,
      { variables: { o: { id: "bob", type: "Person", properties: { name: "Bob" } } } },
    );
    const read = await rest("/objects/bob");
    assert.deepEqual(created, { id: "bob", properties: { name: "Bob" }, revision: read.revision });
    const put = `mutation($revision: String) {
      putObject(object: {id: "bob", type: "Person", properties: {name: "Robert"}}, revision: $revision) { id }
    }`;
    await dataOf(app, put, { variables: { revision: read.revision } });
    const stale = await refusalOf(app, put, { variables: { revision: read.revision } });
    assert.equal(stale.title, "ABORTED");
    const { deleted } = await dataOf(app, `mutation { deleted: deleteObject(id: "bob") }`);
    assert.equal(deleted, "bob");
    await supertest(app).get("/objects/bob").expect(404);
  });

  it("links, unlinks and branches", async () => {
    const link = `{type: "likes", from: "alice", to: "busan"}`;
    const { createBranch } = await dataOf(
      app,
      `mutation {
        createLink(link: ${link}) { fromObject { id } }
        deleteLink(link: ${link})
        createBranch(branch: {name: "from-graphql"}) { name origin }
        deleteObject(id: "busan")
      }`,
    );
    assert.deepEqual(createBranch, { name: "from-graphql", origin: "main" });
    await supertest(app).get("/objects/busan?branch=from-graphql").expect(200);
  });

  it("takes objects, types and link types away again", async () => {
    const { a, b } = await dataOf(
      app,
      `mutation {
        createObjectType(objectType: {id: "Gone", properties: []}) { id }
        createLinkType(linkType: {id: "gone", from: "Gone", to: "Gone"}) { id }
        a: deleteLinkType(id: "gone")
        b: deleteObjectType(id: "Gone")
      }`,
    );
    assert.deepEqual([a, b], ["gone", "Gone"]);
  });
});

describe("GraphQL runs in the call's context", () => {
  it("on the branch of the request, by header or by query", async () => {
    const write = `mutation { putObject(object: {id: "drafted", type: "City", properties: {about: "A hut"}}) { id } }`;
    await dataOf(app, write, { headers: { "oms-branch": "draft" } });
    const asked = `{ object(id: "drafted") { id } }`;
    assert.deepEqual(await dataOf(app, asked, { branch: "draft" }), { object: { id: "drafted" } });
    assert.equal((await refusalOf(app, asked)).title, "NOT_FOUND");
    const { search } = await dataOf(app, `{ search(query: "palace", types: ["City"]) { hits { id } } }`, {
      branch: "draft",
    });
    assert.deepEqual(search, { hits: [{ id: "seoul" }, { id: "drafted" }] });
  });

  it("under the author's name, and each mutation once under the request's key", async () => {
    const headers = { "oms-author": "carol@oms", "idempotency-key": "g-1" };
    const twice = `mutation {
      one: putObject(object: {id: "one", type: "Person", properties: {name: "1"}}) { revision }
      two: putObject(object: {id: "two", type: "Person", properties: {name: "2"}}) { revision }
    }`;
    const first = await dataOf(app, twice, { headers });
    assert.deepEqual(await dataOf(app, twice, { headers }), first);
    const { history } = await rest("/objects/two/history");
    assert.deepEqual(
      history.map(({ author }: { author: string }) => author),
      ["carol@oms"],
    );
    const other = twice.replace('"2"', '"3"');
    assert.deepEqual((await refusalOf(app, other, { headers })).errors, [
      { field: "idempotency-key", message: "was used for another request" },
    ]);
  });
});
