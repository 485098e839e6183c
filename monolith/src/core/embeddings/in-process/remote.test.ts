import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import {
  type Asked,
  type ProviderServer,
  startProvider,
  withVectors,
} from "../../../testing/embedding-provider.ts";
import { remoteEmbed } from "./remote.ts";

let server: ProviderServer;
before(async () => {
  server = await startProvider();
});
beforeEach(() => {
  server.answer = withVectors;
  server.asked.length = 0;
});
after(() => server.stop());

const embed = (key?: string) =>
  remoteEmbed({ url: server.url, model: "letters-1", ...(key !== undefined && { key }) });

async function refusal(run: () => Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await run().then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return error;
}

describe("a remote embedding provider", () => {
  it("is asked once for all texts, by its own API, and its vectors come back in order at unit length", async () => {
    const vectors = await embed("secret")(["aab", "c", "zzz"]);
    assert.deepEqual(server.asked, [
      {
        model: "letters-1",
        input: ["aab", "c", "zzz"],
        encoding_format: "float",
        authorization: "Bearer secret",
      },
    ]);
    const [two, one] = [2 / Math.sqrt(5), 1 / Math.sqrt(5)];
    assert.deepEqual(
      vectors.map(({ vector }) => vector),
      [Float32Array.of(two, one, 0), Float32Array.of(0, 0, 1), Float32Array.of(0, 0, 0)],
    );
  });

  it("is told no key when there is none", async () => {
    await embed()(["a"]);
    assert.equal(server.asked[0]?.authorization, undefined);
  });

  it("gets the beginning of a long text, never half a character", async () => {
    const [long, short] = await embed()([`${"a".repeat(3999)}😀b`, "a"]);
    assert.deepEqual([long?.truncated, short?.truncated], [true, false]);
    assert.equal(server.asked[0]?.input[0], "a".repeat(3999));
  });

  const body = (value: unknown) => (_: Asked, response: ServerResponse) =>
    void response.end(JSON.stringify(value));
  const failures: [what: string, answer: ProviderServer["answer"]][] = [
    ["an error", (_, response) => void response.writeHead(500).end("the key is secret")],
    ["that the key is wrong", (_, response) => void response.writeHead(401).end("{}")],
    ["half a reply", (_, response) => void response.write('{"data":[', () => response.destroy())],
    ["no JSON", (_, response) => void response.end("<html>")],
    ["something else", body({ embeddings: [[1]] })],
    ["too few vectors", body({ data: [{ index: 0, embedding: [1, 0, 0] }] })],
    ["a vector twice", body({ data: [1, 2].map(() => ({ index: 0, embedding: [1, 0, 0] })) })],
    [
      "vectors of different widths",
      body({ data: [[1], [1, 2]].map((embedding, index) => ({ index, embedding })) }),
    ],
    ["empty vectors", body({ data: [0, 1].map((index) => ({ index, embedding: [] })) })],
    ["what is no number", body({ data: [0, 1].map((index) => ({ index, embedding: ["x", null] })) })],
  ];
  for (const [what, answer] of failures)
    it(`is unavailable when it answers ${what}, and none of its words are told`, async () => {
      server.answer = answer;
      const error = await refusal(() => embed("secret")(["a", "b"]));
      assert.equal(error.code, "UNAVAILABLE");
      assert.match(
        error.message,
        /^the embedding provider (did not answer|answered something else than vectors)$/,
      );
    });

  it("is unavailable when its vectors change their width", async () => {
    const same = embed();
    await same(["a"]);
    server.answer = body({ data: [{ index: 0, embedding: [1, 0] }] });
    assert.equal((await refusal(() => same(["a"]))).code, "UNAVAILABLE");
  });

  // By itself it would be waited for five seconds.
  it("is waited for as long as the caller waits, no longer", { timeout: 4500 }, async () => {
    server.answer = () => {};
    const hurried = newContext({ deadline: Date.now() + 50 });
    assert.equal((await refusal(() => runInContext(hurried, () => embed()(["a"])))).code, "UNAVAILABLE");
  });
});
