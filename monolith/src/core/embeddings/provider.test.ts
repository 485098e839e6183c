import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import {
  lettersOf,
  type ProviderServer,
  startProvider,
  withVectors,
} from "../../testing/embedding-provider.ts";
import { MODEL_DIR } from "../../testing/model.ts";
import { type Oms, startOms } from "../../testing/oms.ts";
import { modelVersionOf } from "./model-version.ts";
import type { Embeddings } from "./port.ts";
import { configureEmbeddings, inProcess } from "./sides.ts";

let oms: Oms;
let server: ProviderServer;
let localVersion: string;
const fellBack: unknown[] = [];

before(async () => {
  oms = await startOms();
  server = await startProvider();
  localVersion = await modelVersionOf(MODEL_DIR);
});
beforeEach(() => {
  server.answer = withVectors;
  server.asked.length = 0;
  fellBack.length = 0;
});
after(async () => {
  await server.stop();
  await oms.stop();
});

const away: ProviderServer["answer"] = (_, response) => void response.writeHead(503).end();

/** The in-process side as OMS opens it with a provider. */
function opened(first: "local" | "remote", modelDir = MODEL_DIR): Promise<Embeddings> {
  configureEmbeddings({
    kernel: oms.kernel,
    env: "dev",
    build: "b1",
    modelDir,
    serviceAddress: "127.0.0.1:1",
    provider: { url: server.url, model: "letters-1", first, fellBack: (error) => void fellBack.push(error) },
  });
  return inProcess();
}

async function refusal(run: () => Promise<unknown>): Promise<string> {
  const error: unknown = await run().then(
    () => assert.fail("it was answered"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return `${error.code} ${error.message}`;
}

const search = { branch: "main", query: "abc", k: 10, types: [] };

describe("the remote model first", () => {
  let embeddings: Embeddings;
  before(async () => {
    embeddings = await opened("remote");
  });

  it("answers, under its own version", async () => {
    const { modelVersion, embedding } = await embeddings.embed({ text: "ab" });
    assert.equal(modelVersion, "letters-1");
    assert.equal(embedding.vector.length, lettersOf("").length);
    assert.equal((await embeddings.similarity({ a: "aa", b: "aaaa" })).similarity, 1);
    assert.deepEqual(fellBack, []);
  });

  it("is followed by the local one when it does not answer, and the reply says so", async () => {
    server.answer = away;
    const { modelVersion, embeddings: all } = await embeddings.embedBatch({
      texts: ["never seen", "nor this"],
    });
    assert.deepEqual([modelVersion, all[0]?.vector.length], [localVersion, 512]);
    assert.equal(
      (await embeddings.similarity({ a: "a new dog", b: "a new cat" })).modelVersion,
      localVersion,
    );
    assert.equal(fellBack.length, 2);
  });

  it("stands alone in search and store: what is away fails, and no other vector is looked at", async () => {
    for (const [id, text] of Object.entries({ one: "aaa", two: "ccc" }))
      await embeddings.store({ branch: "main", id, type: "T", text });
    const { modelVersion, hits } = await embeddings.search({ ...search, query: "a" });
    assert.deepEqual([modelVersion, hits[0]?.id, hits[0]?.score], ["letters-1", "one", 1]);
    server.answer = away;
    const unavailable = "UNAVAILABLE the embedding provider did not answer";
    assert.equal(await refusal(() => embeddings.search({ ...search, query: "b" })), unavailable);
    assert.equal(
      await refusal(() => embeddings.store({ branch: "main", id: "x", type: "T", text: "bb" })),
      unavailable,
    );
    const local = await opened("local");
    assert.deepEqual((await local.search(search)).hits, []);
  });

  it("gives a caller who names a version that one or an error", async () => {
    const named = await embeddings.embed({ text: "a named text", modelVersion: localVersion });
    assert.equal(named.modelVersion, localVersion);
    server.answer = away;
    const unavailable = "UNAVAILABLE the embedding provider did not answer";
    assert.equal(
      await refusal(() => embeddings.embed({ text: "a second text", modelVersion: "letters-1" })),
      unavailable,
    );
    const refused = "INVALID_ARGUMENT modelVersion must be letters-1";
    assert.equal(await refusal(() => embeddings.embed({ text: "a", modelVersion: "other" })), refused);
    assert.equal(await refusal(() => embeddings.search({ ...search, modelVersion: localVersion })), refused);
    assert.deepEqual(fellBack, []);
  });

  it("refuses what is wrong without asking anybody", async () => {
    assert.equal(
      await refusal(() => embeddings.embed({ text: "" })),
      "INVALID_ARGUMENT text must not be empty",
    );
    assert.deepEqual([server.asked, fellBack], [[], []]);
  });
});

describe("the local model first", () => {
  it("answers, and the provider hears of nothing", async () => {
    const embeddings = await opened("local");
    assert.equal((await embeddings.embed({ text: "a dog" })).modelVersion, localVersion);
    assert.deepEqual(server.asked, []);
  });

  it("is followed by the remote one when it cannot be loaded, but not in search and store", async () => {
    const embeddings = await opened("local", "/no/such/model");
    assert.equal((await embeddings.embed({ text: "abc" })).modelVersion, "letters-1");
    assert.equal(fellBack.length, 1);
    await assert.rejects(embeddings.search(search), { code: "ENOENT" });
    server.answer = away;
    await assert.rejects(embeddings.embed({ text: "cba" }), { code: "ENOENT" });
  });
});
