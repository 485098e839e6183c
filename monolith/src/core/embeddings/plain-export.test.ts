import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { openEmbeddings } from "@oms/embeddings-in-process/module.ts";
import { EmbeddingStub } from "../../sdk/embedding-stub.ts";
import { type Service, startEmbeddingService } from "../../testing/embedding-service.ts";
import { writeRandomEncoder } from "../../testing/model.ts";
import { startKernel } from "../../testing/processes.ts";
import { compareBatches, compareSearches, compareSimilarities } from "./compare.ts";
import { modelVersionOf } from "./model-version.ts";
import type { Embeddings, SearchRequest } from "./port.ts";

let kernel: Kernel;
let service: Service;
let stub: EmbeddingStub;
let inProcess: Embeddings;
let encoder: Awaited<ReturnType<typeof writeRandomEncoder>>;
let stopKernel: () => Promise<void>;

const open = async (dir: string) =>
  openEmbeddings({ kernel, env: "dev", build: "b1", modelDir: dir, modelVersion: await modelVersionOf(dir) });

before(async () => {
  encoder = await writeRandomEncoder();
  const started = await startKernel();
  stopKernel = started.stop;
  kernel = connectKernel({ address: started.address });
  await kernel.createBranch({ name: "dev/oms/main" });
  service = await startEmbeddingService(started.address, encoder.dir);
  stub = new EmbeddingStub({ address: service.address, modelVersion: await modelVersionOf(encoder.dir) });
  inProcess = await open(encoder.dir);
});
after(async () => {
  stub.close();
  await service.stop();
  kernel.close();
  await stopKernel();
  await encoder.remove();
});

/** `[CLS]` and `[SEP]` around a few words, one text over the limit, one the vocabulary cannot spell. */
const texts = [
  "order",
  "A customer places an order for three products.",
  "the warehouse ships every parcel within two days ".repeat(8),
  "고객 주문",
  " ",
];
const match = { outcome: "match" };

describe("a plain HuggingFace export, a state for every token", () => {
  it("has the same vectors of unit length on both sides, alone and in a batch", async () => {
    const ours = await inProcess.embedBatch({ texts });
    assert.deepEqual(compareBatches(ours, await stub.embedBatch({ texts })), match);
    for (const [index, text] of texts.entries()) {
      const { embedding } = await inProcess.embed({ text });
      assert.ok(Math.abs(Math.hypot(...embedding.vector) - 1) < 1e-5);
      assert.equal(embedding.vector.length, 32);
      assert.deepEqual([embedding.truncated, embedding.poorlyCovered], [index === 2, index > 2], text);
    }
  });

  it("compares and finds alike on both sides", async () => {
    const pair = { a: "an order", b: "a parcel" };
    assert.deepEqual(
      compareSimilarities(await inProcess.similarity(pair), await stub.similarity(pair)),
      match,
    );
    for (const [index, text] of texts.slice(0, 3).entries())
      await inProcess.store({ branch: "main", id: `o${index}`, type: "T", text });
    const question: SearchRequest = { branch: "main", query: "an order of products", k: 3, types: [] };
    assert.deepEqual(
      compareSearches(await inProcess.search(question), await stub.search(question), [question]),
      match,
    );
  });

  it("is read without config.json too, and refused when it lacks a file it needs", async () => {
    await rm(join(encoder.dir, "config.json"));
    const { embedding } = await (await open(encoder.dir)).embed({ text: texts[2] ?? "" });
    assert.deepEqual(embedding, (await inProcess.embed({ text: texts[2] ?? "" })).embedding);
    await rm(join(encoder.dir, "tokenizer_config.json"));
    await assert.rejects(open(encoder.dir), { code: "ENOENT" });
    await writeFile(join(encoder.dir, "model.onnx"), "no model");
    await assert.rejects(open(encoder.dir));
  });
});
