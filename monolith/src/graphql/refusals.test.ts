import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLogger } from "@oms/chassis/log.ts";
import express, { type Express } from "express";
import { getIntrospectionQuery } from "graphql";
import supertest from "supertest";
import { embeddings } from "../core/embeddings/index.ts";
import { events } from "../core/event-publisher/index.ts";
import { scheduler } from "../core/scheduler/index.ts";
import { Branches } from "../ontology/branches.ts";
import { ask, dataOf, refusalOf } from "../testing/graphql.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { graphql } from "./graphql.ts";

let oms: Oms;
let app: Express;

before(async () => {
  oms = await startOms();
  app = oms.app;
  const properties = [{ name: "name", type: "string", required: true }];
  await supertest(app).put("/object-types/City").send({ properties }).expect(201);
  const object = { type: "City", properties: { name: "Seoul" } };
  await supertest(app).put("/objects/seoul").send(object).expect(201);
  await supertest(app).put("/link-types/twin").send({ from: "City", to: "City" }).expect(201);
});
after(() => oms.stop());

const get = (path: string) => supertest(app).get(path);
const post = (path: string, body: object) => supertest(app).post(path).send(body);

const refused: [what: string, sent: () => supertest.Test, query: string, variables?: object][] = [
  ["an object that is not there", () => get("/objects/x"), `{ object(id: "x") { id } }`],
  ["an id that cannot be one", () => get("/objects/%20"), `{ object(id: " ") { id } }`],
  ["an unknown commit", () => get("/objects/seoul?at=x"), `{ object(id: "seoul", at: "x") { id } }`],
  ["an empty commit", () => get("/objects/seoul?at="), `{ object(id: "seoul", at: "") { id } }`],
  ["a page of 0", () => get("/object-types?pageSize=0"), "{ objectTypes(pageSize: 0) { nextPageToken } }"],
  [
    "a page token that is none",
    () => get("/object-types?pageToken=x"),
    `{ objectTypes(pageToken: "x") { nextPageToken } }`,
  ],
  ["objects of no type", () => get("/objects?type=x"), `{ objects(type: "x") { nextPageToken } }`],
  ["a history of nothing", () => get("/objects/x/history"), `{ history(id: "x") { nextPageToken } }`],
  [
    "links from and to",
    () => get("/links?type=twin&from=a&to=b"),
    `{ links(type: "twin", from: "a", to: "b") { nextPageToken } }`,
  ],
  [
    "an unknown branch",
    () => get("/objects/x?branch=none"),
    `{ object(id: "x") { id } }`,
    { branch: "none" },
  ],
  [
    "a type that is there",
    () => post("/object-types", { id: "City", properties: [] }),
    `mutation { createObjectType(objectType: {id: "City", properties: []}) { id } }`,
  ],
  [
    "everything wrong with a type",
    () => post("/object-types", { id: "", properties: [{ name: "1", type: "text" }] }),
    `mutation { createObjectType(objectType: {id: "", properties: [{name: "1", type: "text"}]}) { id } }`,
  ],
  [
    "everything wrong with an object",
    () => post("/objects", { id: "y", type: "City", properties: { more: 1 } }),
    `mutation { createObject(object: {id: "y", type: "City", properties: {more: 1}}) { id } }`,
  ],
  [
    "values no property can have",
    () => post("/objects", { id: "y", type: "City", properties: { a: null, b: [1] } }),
    `mutation { createObject(object: {id: "y", type: "City", properties: {a: null, b: [1]}}) { id } }`,
  ],
  [
    "a type in use",
    () => supertest(app).delete("/object-types/City"),
    `mutation { deleteObjectType(id: "City") }`,
  ],
  [
    "a link to nowhere",
    () => post("/links", { type: "twin", from: "seoul", to: "x" }),
    `mutation { createLink(link: {type: "twin", from: "seoul", to: "x"}) { type } }`,
  ],
  [
    "a branch of nothing",
    () => post("/branches", { name: "b", origin: "none" }),
    `mutation { createBranch(branch: {name: "b", origin: "none"}) { name } }`,
  ],
  [
    "a search for nothing, 0 times",
    () => post("/search", { query: "", k: 0 }),
    `{ search(query: "", k: 0) { poorlyCovered } }`,
  ],
  [
    "another model",
    () => post("/similarity", { a: "", b: "b", modelVersion: "other" }),
    `{ similarity(a: "", b: "b", modelVersion: "other") { similarity } }`,
  ],
];

describe("GraphQL refuses in REST's words", () => {
  for (const [what, sent, query, more] of refused)
    it(what, async () => {
      const { title, detail, errors } = (await sent()).body;
      assert.deepEqual(await refusalOf(app, query, more), { title, detail, errors });
    });

  it("what is no object as REST does: over HTTP", async () => {
    for (const [body, field] of [
      [[{ query: "{ branches { name } }" }], "body"],
      [{}, "query"],
      [{ query: 1 }, "query"],
    ] as const) {
      const answer = await post("/graphql", body).expect(400);
      assert.equal(answer.type, "application/problem+json");
      assert.equal(JSON.parse(answer.text).errors[0].field, field);
    }
  });

  it("and answers the rest of the query", async () => {
    const { data, errors } = await ask(
      app,
      `{ object(id: "x") { id } objects(type: "City") { nodes { id } } }`,
    );
    assert.deepEqual(data, { object: null, objects: { nodes: [{ id: "seoul" }] } });
    assert.deepEqual(errors?.[0]?.path, ["object"]);
  });
});

describe("GraphQL refuses a query", () => {
  const queries: [what: string, query: string, message: RegExp, variables?: object][] = [
    ["that does not parse", "{ ", /^Syntax Error/],
    ["that asks for what there is not", "{ nothing }", /^Cannot query field "nothing"/],
    [
      "of another type than the argument's",
      "{ search(query: 1) { poorlyCovered } }",
      /^String cannot represent/,
    ],
    [
      "whose variables do not fit",
      "query($id: ID!) { object(id: $id) { id } }",
      /cannot represent value/,
      { id: {} },
    ],
    ["of more than 2000 words and signs", `{ ${"branches { name } ".repeat(500)} }`, /more than 2000 tokens/],
    [
      "that could answer too much",
      `{ objects(type: "City", pageSize: 1000) { nodes { linksFrom(type: "twin") { nodes { toObject { id } } } } } }`,
      /^must cost at most 10000, this would cost \d+$/,
    ],
    [
      "that hides how much in variables",
      `query($n: Int!) { objects(type: "City", pageSize: $n) { nodes { history { nodes { kind } } } } }`,
      /^must cost at most/,
      { n: 1000 },
    ],
    [
      "that goes deep",
      `{ object(id: "seoul") { ${'linksTo(type: "twin") { nodes { fromObject { '.repeat(8)} id ${"} } }".repeat(8)} } }`,
      /^must cost at most/,
    ],
    [
      "that repeats itself by fragments",
      `{ ...a } fragment a on Query { ${Array.from({ length: 9 }, (_, n) => `n${n}: objects(type: "City") { nodes { ...o } }`)} }
        fragment o on OntologyObject { history { nodes { kind author } } }`,
      /^must cost at most/,
    ],
  ];
  for (const [what, query, message, variables] of queries)
    it(what, async () => {
      const { title, errors } = await refusalOf(app, query, { variables: variables ?? {} });
      assert.deepEqual([title, errors[0]?.field], ["INVALID_ARGUMENT", "query"]);
      assert.match(errors[0]?.message ?? "", message);
    });

  it("that would change something by GET", async () => {
    await get("/graphql").query({ query: `mutation { deleteObject(id: "seoul") }` }).expect(405);
    await get("/graphql").query({ query: "{ branches { name } }" }).expect(200);
    await get("/objects/seoul").expect(200);
  });

  it("but not one that asks for the schema", async () => {
    const { __schema } = await dataOf(app, getIntrospectionQuery());
    assert.ok(__schema);
  });
});

describe("GraphQL's own edge", () => {
  /** Its branches cannot be listed, for a reason that is nobody's business. */
  const broken = (graphiql: boolean) => {
    const kernel = {
      listBranches: async () => {
        throw new Error("the password is 1234");
      },
      createBranch: async () => assert.fail(),
    };
    const branches = new Branches({ kernel, env: "dev", events, created: () => {} });
    const logger = createLogger("oms", "silent");
    const handler = graphql({
      ontology: { ...oms.ontology, branches },
      embeddings,
      scheduler,
      events,
      logger,
      graphiql,
    });
    return express().use(express.json()).all("/graphql", handler);
  };

  it("tells nothing of what went wrong inside", async () => {
    const refusal = await refusalOf(broken(false), "{ branches { name } }");
    assert.deepEqual(refusal, { title: "INTERNAL", detail: "internal error", errors: [] });
  });

  it("has GraphiQL for browsers in development alone", async () => {
    const browse = (on: boolean) => supertest(broken(on)).get("/graphql").set("accept", "text/html");
    assert.match((await browse(true).expect(200)).text, /GraphiQL/);
    const { status, text } = await browse(false);
    assert.deepEqual([status === 200, /GraphiQL/.test(text)], [false, false]);
  });

  it("keeps helmet's policy for all but GraphiQL", async () => {
    const policyOf = async (sent: supertest.Test) => (await sent).headers["content-security-policy"];
    assert.ok(await policyOf(post("/graphql", { query: "{ branches { name } }" })));
    assert.equal(await policyOf(get("/graphql").set("accept", "text/html")), undefined);
  });
});
