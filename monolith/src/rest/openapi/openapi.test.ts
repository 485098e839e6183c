import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { Express } from "express";
import supertest from "supertest";
import { type Oms, startOms } from "../../testing/oms.ts";
import { openApi } from "./document.ts";
import { paths } from "./paths.ts";
import { type SchemaName, schemas } from "./schemas.ts";

type Method = "get" | "post" | "put" | "patch" | "delete";

let oms: Oms;
before(async () => {
  oms = await startOms();
});
after(() => oms.stop());

type Layer = {
  readonly route?: { readonly path: string; readonly stack: readonly { readonly method?: string }[] };
  readonly handle: { readonly stack?: readonly Layer[] };
  readonly match: (path: string) => boolean;
};

/** Every route Express has, as `get /objects/{id}`; a router's place is found by asking it which path it takes. */
function routesOf(layers: readonly Layer[], places: readonly string[], place = ""): string[] {
  return layers.flatMap((layer) => {
    if (layer.route) {
      const path = (place + layer.route.path).replace(/(?<=.)\/$/, "").replaceAll(/:(\w+)/g, "{$1}");
      return layer.route.stack.flatMap(({ method }) => (method === undefined ? [] : `${method} ${path}`));
    }
    if (!layer.handle.stack) return [];
    const inside = places.filter((each) => layer.match(each));
    const everywhere = layer.match("/nowhere-in-particular");
    assert.ok(everywhere || inside.length === 1, "a router stands at a path that is not described");
    return routesOf(layer.handle.stack, places, everywhere ? "" : inside[0]);
  });
}

function routesIn(app: Express): Set<string> {
  const places = [...new Set(Object.keys(paths).map((path) => `/${path.split("/")[1]}`))];
  const layers: unknown = app.router.stack;
  return new Set(routesOf(layers as readonly Layer[], places));
}

const described = new Set(
  Object.entries(paths).flatMap(([path, all]) => Object.keys(all).map((method) => `${method} ${path}`)),
);

describe("the description of the API", () => {
  it("is a valid OpenAPI 3.1 document", async () => {
    const { body } = await supertest(oms.app).get("/openapi.json").expect(200);
    assert.deepEqual(body, JSON.parse(JSON.stringify(openApi())));
    const validator = new Validator();
    assert.deepEqual(await validator.validate(body), { valid: true });
    assert.equal(validator.version, "3.1");
  });

  it("has every route there is, and no other", () => {
    assert.deepEqual(routesIn(oms.app), described);
  });

  it("names every parameter of a path", () => {
    for (const [path, operations] of Object.entries(paths))
      for (const { parameters = [] } of Object.values(operations)) {
        const named = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
        assert.deepEqual(
          named.map((name) => `{${name}}`),
          path.match(/\{\w+\}/g) ?? [],
        );
      }
  });

  it("says what OMS really answers", async () => {
    const properties = [{ name: "name", type: "string" }];
    const job = {
      id: "tidy",
      type: "branch-gc",
      payload: { olderThanDays: 9 },
      schedule: { kind: "manual" },
    };
    const event = { specversion: "1.0", id: "a", source: "/tests", type: "oms.ontology.released" };
    const structured = { "content-type": "application/cloudevents+json" };
    const batched = { "content-type": "application/cloudevents-batch+json" };
    const steps: [method: Method, path: string, body?: object, headers?: Record<string, string>][] = [
      ["post", "/object-types", { id: "City", title: "City", properties }],
      ["put", "/object-types/City", { properties }],
      ["get", "/object-types/City"],
      ["get", "/object-types?pageSize=1"],
      ["post", "/objects", { id: "seoul", type: "City", properties: { name: "Seoul" } }],
      ["put", "/objects/seoul", { type: "City", properties: {} }],
      ["get", "/objects/seoul"],
      ["get", "/objects?type=City"],
      ["get", "/objects/seoul/history"],
      ["post", "/link-types", { id: "twin", from: "City", to: "City" }],
      ["put", "/link-types/twin", { from: "City", to: "City", cardinality: "one" }],
      ["get", "/link-types/twin"],
      ["get", "/link-types"],
      ["post", "/links", { type: "twin", from: "seoul", to: "seoul" }],
      ["get", "/links/twin/seoul/seoul"],
      ["get", "/links?type=twin"],
      ["delete", "/links/twin/seoul/seoul"],
      ["delete", "/link-types/twin"],
      ["delete", "/objects/seoul"],
      ["delete", "/object-types/City"],
      ["post", "/branches", { name: "plan" }],
      ["get", "/branches"],
      ["post", "/embedding", { text: "a dog" }],
      ["post", "/embedding", { texts: ["a dog"] }],
      ["post", "/similarity", { a: "a dog", b: "a cat" }],
      ["post", "/search", { query: "a dog" }],
      ["post", "/jobs", job],
      ["get", "/jobs?type=branch-gc"],
      ["get", "/jobs/tidy"],
      ["patch", "/jobs/tidy", { schedule: { kind: "cron", expression: "0 4 * * *", zone: "Asia/Seoul" } }],
      ["post", "/jobs/tidy/pause"],
      ["post", "/jobs/tidy/resume"],
      ["post", "/jobs/tidy/run"],
      ["get", "/executions/<the run>"],
      ["get", "/executions?job=tidy"],
      ["delete", "/jobs/tidy"],
      ["post", "/events", event, structured],
      ["post", "/events", [event], batched],
      ["get", "/graphql?query={branches{name}}"],
      ["post", "/graphql", { query: "{ branches { name } }" }],
      ["get", "/openapi.json"],
      ["get", "/health"],
      ["get", "/ready"],
      ["get", "/metrics"],
    ];
    const answered = new Set<string>();
    let run = "";
    for (const [method, step, body, headers = {}] of steps) {
      const path = step.replace("<the run>", run);
      const response = await supertest(oms.app)[method](path).set(headers).send(body);
      const [template, operation] = operationAt(method, path);
      const schema = operation.replies[response.status];
      assert.notEqual(schema, undefined, `${method} ${path} answered ${response.status}: ${response.text}`);
      if (schema && schema !== "text") check(schema, response.body);
      answered.add(`${method} ${template}`);
      run = response.body.execution?.id ?? run;
    }
    assert.deepEqual(answered, described);
  });

  it("says what a problem looks like", async () => {
    const { text } = await supertest(oms.app).get("/objects/x").expect(404);
    check("Problem", JSON.parse(text));
  });
});

function check(schema: SchemaName, body: unknown): void {
  const { success, error } = schemas[schema].safeParse(body);
  assert.ok(success, `${schema}: ${error?.message}`);
}

function operationAt(method: Method, url: string) {
  const path = url.split("?")[0] ?? "";
  for (const [template, operations] of Object.entries(paths)) {
    const operation = operations[method];
    if (operation && new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path))
      return [template, operation] as const;
  }
  return assert.fail(`${method} ${url} is not described`);
}
