import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createChannel, createClient, Metadata, Status } from "nice-grpc";
import { activeContext, newContext, runInContext } from "../context/context.ts";
import { traceIdOf } from "../context/traceparent.ts";
import { EchoDefinition, rawCall, startEcho } from "./echo.fixture.ts";

/** Answers with the context the handler sees. */
async function sayContext() {
  const context = activeContext();
  return { text: JSON.stringify({ ...context, reads: [...(context?.reads ?? [])] }) };
}

describe("the context of a gRPC call", () => {
  it("gives the handler the caller's context, whatever the text", async () => {
    await using echo = await startEcho({ say: sayContext });
    const context = newContext({
      author: "김철수@oms",
      branch: "가지/하나",
      tenant: "회사, 50% \u{1F680}",
      key: "key with spaces=&;",
      shadow: true,
      deadline: Date.now() + 60_000,
      reads: new Map([["dev/oms/가지", "commit&1"]]),
    });
    const { text } = await runInContext(context, () => echo.client.say({ text: "" }));
    const seen = JSON.parse(text);
    const { traceparent, deadline, reads, ...rest } = context;
    assert.deepEqual(
      { ...seen, traceparent: undefined, deadline: undefined, reads: undefined },
      {
        ...rest,
        traceparent: undefined,
        deadline: undefined,
        reads: undefined,
      },
    );
    assert.deepEqual(seen.reads, [...reads]);
    assert.equal(traceIdOf(seen.traceparent), traceIdOf(traceparent));
    assert.notEqual(seen.traceparent, traceparent, "the hop has a span of its own");
    assert.equal(typeof seen.deadline, "number");
    assert.ok(deadline);
  });

  it("keeps the context across every message of a stream", async () => {
    await using echo = await startEcho({
      async *list() {
        for (let n = 0; n < 3; n += 1) {
          await new Promise(setImmediate);
          yield { text: activeContext()?.author ?? "none" };
        }
      },
    });
    const authors = await runInContext(newContext({ author: "alice@oms" }), async () => {
      const texts: string[] = [];
      for await (const { text } of echo.client.list({ text: "" })) texts.push(text);
      return texts;
    });
    assert.deepEqual(authors, ["alice@oms", "alice@oms", "alice@oms"]);
  });

  it("tells the caller what it read first and which build it is", async () => {
    await using echo = await startEcho({
      async say(request) {
        activeContext()?.reads.set("dev/oms/main", "c2").set("dev/oms/가지", "c9");
        return request;
      },
    });
    const context = newContext({ reads: new Map([["dev/oms/main", "c1"]]) });
    assert.equal(echo.build(), "unknown");
    await runInContext(context, () => echo.client.say({ text: "" }));
    assert.deepEqual(
      [...context.reads],
      [
        ["dev/oms/main", "c1"],
        ["dev/oms/가지", "c9"],
      ],
    );
    assert.equal(echo.build(), "echo-1");
  });

  it("names the metadata key that is malformed", async () => {
    await using echo = await startEcho({});
    const malformed = {
      "oms-author": "nobody",
      "oms-deadline": "tomorrow",
      "oms-shadow": "yes",
      "oms-reads": "=c1",
      "oms-branch": "a%00b",
      "oms-tenant": "%E0%A4",
      "idempotency-key": "k".repeat(10_000),
    };
    for (const [key, value] of Object.entries(malformed)) {
      const error = await rawCall(echo.server.port, "/fixture.Echo/Say", Buffer.from("{}"), { [key]: value });
      assert.equal(error?.code, Status.INVALID_ARGUMENT, key);
      assert.ok(error?.details.startsWith(key), error?.details);
    }
    assert.deepEqual(echo.lines, []);
  });

  it("starts a new trace for a traceparent that is not one", async () => {
    await using echo = await startEcho({ say: sayContext });
    const client = createClient(EchoDefinition, createChannel(`127.0.0.1:${echo.server.port}`));
    const { text } = await client.say({ text: "" }, { metadata: Metadata({ traceparent: "00-zz-1-1" }) });
    assert.ok(traceIdOf(JSON.parse(text).traceparent));
  });

  it("refuses at once a call whose deadline has passed", async () => {
    let called = 0;
    await using echo = await startEcho({
      async say(request) {
        called += 1;
        return request;
      },
    });
    const late = { "oms-deadline": String(Date.now() - 1) };
    const error = await rawCall(echo.server.port, "/fixture.Echo/Say", Buffer.from("{}"), late);
    assert.equal(error?.code, Status.DEADLINE_EXCEEDED);
    assert.equal(called, 0);
  });
});
