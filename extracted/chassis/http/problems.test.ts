import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { invalid } from "../errors/service-error.ts";
import { echoBody, postJson, problemOf, serve } from "./serve.fixture.ts";

describe("the problems of an HTTP request", () => {
  it("refuses what is not JSON, naming the part that is wrong", async () => {
    await using server = await serve(echoBody, { bodyLimit: "1kb" });
    const post = async (body: string, headers: Record<string, string> = {}) =>
      problemOf(await postJson(`${server.url}/echo`, body, headers));
    const bad = (field: string) => ({ status: 400, title: "INVALID_ARGUMENT", fields: [field] });
    assert.deepEqual(await post("{"), bad("body"));
    assert.deepEqual(await post("nonsense"), bad("body"));
    assert.deepEqual(await post('"a string"'), bad("body"));
    assert.deepEqual(await post("{}", { "content-type": "text/plain" }), bad("content-type"));
    assert.deepEqual(
      await post("{}", { "content-type": "application/json; charset=koi8-r" }),
      bad("content-type"),
    );
    assert.deepEqual(await post("{}", { "content-encoding": "zstd9" }), bad("content-encoding"));
    assert.deepEqual(await post("{}", { "content-encoding": "gzip" }), bad("body"));
    assert.deepEqual(await post(JSON.stringify({ text: "x".repeat(2000) })), {
      status: 413,
      title: "RESOURCE_EXHAUSTED",
      fields: ["body"],
    });
    assert.deepEqual(server.lines, []);
  });

  it("says of JSON that is no object that it must be one", async () => {
    await using server = await serve(echoBody);
    for (const body of ["null", "5", "true", '"x"', "[]", " [{}] "]) {
      const refused = await postJson(`${server.url}/echo`, body);
      const { errors } = (await refused.json()) as { errors: unknown };
      const errorsOf = [{ field: "body", message: "must be a JSON object" }];
      assert.deepEqual([refused.status, errors], [400, errorsOf], body);
    }
    assert.equal((await postJson(`${server.url}/echo`, "{}")).status, 200);
  });

  it("needs no content type where there is no body", async () => {
    await using server = await serve((app) => {
      app.post("/run", (_request, response) => {
        response.json({ ran: true });
      });
    });
    assert.equal((await fetch(`${server.url}/run`, { method: "POST" })).status, 200);
  });

  it("answers an unknown path, a method it has not, and a path that cannot be decoded with problems", async () => {
    await using server = await serve((app) => {
      app.get("/objects/:id", (request, response) => {
        response.json(request.params);
      });
    });
    assert.equal((await problemOf(await fetch(`${server.url}/nothing`))).status, 404);
    assert.equal((await problemOf(await fetch(`${server.url}/objects/1`, { method: "DELETE" }))).status, 404);
    assert.deepEqual((await problemOf(await fetch(`${server.url}/objects/%E0`))).fields, ["path"]);
  });

  it("answers what a route throws, and leaks nothing of a bug", async () => {
    await using server = await serve((app) => {
      app.get("/invalid", async () => {
        throw invalid("k", "must be positive");
      });
      app.get("/bug", async () => {
        throw new TypeError("password=secret");
      });
    });
    const refused = await problemOf(await fetch(`${server.url}/invalid`));
    assert.deepEqual(refused, { status: 400, title: "INVALID_ARGUMENT", fields: ["k"] });
    assert.deepEqual(server.lines, []);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const bug = await fetch(`${server.url}/bug`, { headers: { traceparent } });
    assert.equal(bug.status, 500);
    assert.doesNotMatch(await bug.text(), /secret/);
    const [line] = server.lines.map((each) => JSON.parse(each));
    assert.match(line.err.stack, /TypeError: password=secret\n +at /);
    assert.equal(line.traceId, "0af7651916cd43dd8448eb211c80319c");
  });
});
