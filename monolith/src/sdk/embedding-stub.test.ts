import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { isAnswer, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { embeddings } from "../core/embeddings/index.ts";
import { modelVersionOf } from "../core/embeddings/model-version.ts";
import type { Embeddings } from "../core/embeddings/port.ts";
import { type Service, startEmbeddingService } from "../testing/embedding-service.ts";
import { MODEL_DIR } from "../testing/model.ts";
import { type Oms, startOms } from "../testing/oms.ts";
import { EmbeddingStub } from "./embedding-stub.ts";

let oms: Oms;
let service: Service;
let stub: EmbeddingStub;
let modelVersion: string;

before(async () => {
  oms = await startOms();
  service = await startEmbeddingService(oms.kernelAddress);
  modelVersion = await modelVersionOf(MODEL_DIR);
  stub = new EmbeddingStub({ address: service.address, modelVersion });
});
after(async () => {
  stub.close();
  await service.stop();
  await oms.stop();
});

async function refusal(run: () => Promise<unknown>): Promise<ServiceError> {
  const error: unknown = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError);
  return error;
}

describe("the stub of the embedding service", () => {
  it("learns the service's build from its answers", async () => {
    const fresh = new EmbeddingStub({ address: service.address, modelVersion });
    assert.equal(fresh.build(), "unknown");
    await fresh.embed({ text: "a dog" });
    assert.equal(fresh.build(), "service-1");
    fresh.close();
  });

  it("answers all of the port with the model's version", async () => {
    const { embedding } = await stub.embed({ text: "a dog" });
    assert.deepEqual(await stub.embedBatch({ texts: ["a dog"] }), { modelVersion, embeddings: [embedding] });
    const self = await stub.similarity({ a: "a dog", b: "a dog" });
    assert.ok(self.similarity > 0.9999 && !self.poorlyCovered);
    const entry = { branch: "main", id: "dog", type: "Animal", text: "a dog" };
    const stored = await stub.store(entry);
    assert.deepEqual([stored.outcome, stored.embedding], ["created", embedding]);
    const { hits } = await stub.search({ branch: "main", query: "a dog", k: 5, types: [] });
    assert.deepEqual(
      hits.map(({ id, type, text, match }) => ({ id, type, text, match })),
      [{ id: "dog", type: "Animal", text: "a dog", match: "vector" }],
    );
    for (const mode of ["vector", "trigram", "hybrid"]) {
      const answer = await stub.search({ branch: "main", query: "a dog", k: 5, types: [], mode });
      assert.deepEqual(
        answer.hits.map(({ match }) => match),
        [mode === "trigram" ? "trigram" : "vector"],
      );
    }
    const deleted = await stub.store({ ...entry, text: "" });
    assert.deepEqual([deleted.outcome, deleted.embedding], ["deleted", null]);
  });

  it("stores under the caller's key, and in shadow stores nothing", async () => {
    const entry = { branch: "main", id: "cat", type: "Animal", text: "a cat" };
    const shadow = await runInContext(newContext({ shadow: true }), () => stub.store(entry));
    assert.equal(shadow.outcome, "created");
    const live = await runInContext(newContext({ key: "cat-1" }), () => stub.store(entry));
    assert.equal(live.outcome, "created");
    const { commits } = await oms.kernel.log({ branch: "dev/embedding/main", pageSize: 1 });
    assert.equal(commits[0]?.key, "cat-1");
  });

  const refused: [what: string, call: (port: Embeddings) => Promise<unknown>][] = [
    ["an empty text", (port) => port.embed({ text: "" })],
    ["too many texts", (port) => port.embedBatch({ texts: Array(257).fill("a") })],
    ["two empty texts", (port) => port.similarity({ a: "", b: "" })],
    ["another model", (port) => port.embed({ text: "", modelVersion: "other" })],
    ["no model", (port) => port.embed({ text: "a", modelVersion: "" })],
    ...[0, -1, 1.5, 1e9, 1e12, Number.NaN].map((k): [string, (port: Embeddings) => Promise<unknown>] => [
      `k of ${k}`,
      (port) => port.search({ branch: "main", query: "a", k, types: [] }),
    ]),
    ...["", "fuzzy", "constructor"].map((mode): [string, (port: Embeddings) => Promise<unknown>] => [
      `a mode of "${mode}"`,
      (port) => port.search({ branch: "main", query: "a", k: 1, types: [], mode }),
    ]),
    ["an unknown branch", (port) => port.search({ branch: "nowhere", query: "a", k: 1, types: [] })],
    ["a store without names", (port) => port.store({ branch: "", id: "", type: "", text: "a" })],
    ["a store on an unknown branch", (port) => port.store({ branch: "x", id: "x", type: "x", text: "" })],
  ];
  for (const [what, call] of refused)
    it(`refuses ${what} in the words of the module in process`, async () => {
      const ours = await refusal(() => call(embeddings));
      const theirs = await refusal(() => call(stub));
      assert.deepEqual(
        [theirs.code, theirs.message, theirs.violations],
        [ours.code, ours.message, ours.violations],
      );
      assert.ok(isAnswer(theirs));
    });

  it("calls a service with another model unavailable, not the caller's fault", async () => {
    const other = new EmbeddingStub({ address: service.address, modelVersion: "another-model" });
    for (const text of ["a", ""]) {
      const error = await refusal(() => other.embed({ text }));
      assert.equal(error.code, "UNAVAILABLE");
      assert.equal(isAnswer(error), false);
    }
    other.close();
  });

  it("calls a service that is not there unavailable", async () => {
    const absent = new EmbeddingStub({ address: "127.0.0.1:1", modelVersion });
    assert.equal((await refusal(() => absent.embed({ text: "a" }))).code, "UNAVAILABLE");
    absent.close();
  });
});
