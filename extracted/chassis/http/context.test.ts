import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Express } from "express";
import { z } from "zod";
import { activeContext, newContext } from "../context/context.ts";
import { writeContext } from "../context/headers.ts";
import { traceIdOf } from "../context/traceparent.ts";
import { echoBody, postJson, problemOf, serve } from "./serve.fixture.ts";

describe("the context of an HTTP request", () => {
  it("restores the caller's context, in asynchronous routes and after the body was read", async () => {
    await using server = await serve((app) => {
      app.post("/context", async (_request, response) => {
        await new Promise(setImmediate);
        const context = activeContext();
        response.json({ ...context, reads: [...(context?.reads ?? [])] });
      });
    });
    const context = newContext({
      author: "김철수@oms",
      branch: "가지",
      tenant: "회사 50%",
      key: "k 1",
      shadow: true,
      deadline: Date.now() + 60_000,
      reads: new Map([["dev/oms/main", "c1"]]),
    });
    const response = await postJson(`${server.url}/context`, "{}", writeContext(context));
    const { traceparent, ...seen } = z.looseObject({ traceparent: z.string() }).parse(await response.json());
    const { traceparent: sent, ...expected } = context;
    assert.deepEqual(seen, { ...expected, reads: [["dev/oms/main", "c1"]] });
    assert.equal(traceIdOf(traceparent), traceIdOf(sent));
    assert.notEqual(traceparent, sent);
  });

  it("says which build answered, and to our own services what it read", async () => {
    const routes = (app: Express) => {
      app.get("/read", async (_request, response) => {
        activeContext()?.reads.set("dev/oms/main", "c1");
        response.json({});
      });
    };
    await using inside = await serve(routes);
    const internal = await fetch(`${inside.url}/read`);
    assert.equal(internal.headers.get("oms-build"), "http-1");
    assert.equal(internal.headers.get("oms-reads"), "dev%2Foms%2Fmain=c1");
    await using outside = await serve(routes, { edge: "public" });
    assert.equal((await fetch(`${outside.url}/read`)).headers.get("oms-reads"), null);
  });

  it("refuses a malformed header by name", async () => {
    await using server = await serve(echoBody);
    for (const [name, value] of Object.entries({
      "oms-author": "nobody",
      "idempotency-key": "k".repeat(10_240),
    })) {
      const response = await postJson(`${server.url}/echo`, "{}", { [name]: value });
      assert.deepEqual(await problemOf(response), { status: 400, title: "INVALID_ARGUMENT", fields: [name] });
    }
  });

  it("refuses at once a call whose deadline has passed, and takes no deadline from outside", async () => {
    const late = { "oms-deadline": String(Date.now() - 1) };
    await using inside = await serve(echoBody);
    const refused = await problemOf(await postJson(`${inside.url}/echo`, "{}", late));
    assert.deepEqual(refused, { status: 504, title: "DEADLINE_EXCEEDED", fields: [] });
    await using outside = await serve(echoBody, { edge: "public" });
    assert.equal((await postJson(`${outside.url}/echo`, "{}", late)).status, 200);
  });
});
