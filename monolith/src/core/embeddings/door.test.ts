import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { strangler } from "../../strangler.ts";
import { type Service, startEmbeddingService } from "../../testing/embedding-service.ts";
import { MODEL_DIR } from "../../testing/model.ts";
import { type Oms, startOms } from "../../testing/oms.ts";
import { embeddings } from "./index.ts";
import { configureEmbeddings } from "./sides.ts";

let oms: Oms;
let service: Service;

before(async () => {
  oms = await startOms();
  service = await startEmbeddingService(oms.kernelAddress);
  configureEmbeddings({
    kernel: oms.kernel,
    env: "dev",
    build: "oms-1",
    modelDir: MODEL_DIR,
    serviceAddress: service.address,
  });
});
after(async () => {
  await strangler.stop();
  await service.stop();
  await oms.stop();
});

const store = (id: string, text: string) => embeddings.store({ branch: "main", id, type: "T", text });
/** Which side and build made the vectors, in the order in which they were stored. */
async function makers(): Promise<string[]> {
  const { commits } = await oms.kernel.changes({ branch: "dev/embedding/main" });
  return commits
    .flatMap(({ changes }) => changes.map(({ document }) => document))
    .filter(({ type }) => type === "Vector")
    .map(({ body }) => body as { side: string; build: string })
    .map(({ side, build }) => `${side} ${build}`);
}

it("the door answers in process before the strangler is started", async () => {
  assert.equal((await store("one", "stored before the start")).outcome, "created");
  assert.deepEqual(await makers(), ["in-process oms-1"]);
});

it("the door sends calls to the service when the environment says so, and callers notice nothing", async () => {
  const log = { info: () => {}, warn: () => {} };
  await strangler.start({ overrides: { embedding: "true" }, log });
  assert.equal((await store("two", "stored by the service")).outcome, "created");
  assert.deepEqual(await makers(), ["in-process oms-1", "extracted service-1"]);
  const { hits } = await embeddings.search({ branch: "main", query: "stored", k: 10, types: [] });
  assert.deepEqual(new Set(hits.map(({ id }) => id)), new Set(["one", "two"]));
});

it("the door answers in process when the service is gone", async () => {
  await service.stop();
  assert.equal((await store("three", "stored without the service")).outcome, "created");
  assert.equal((await makers()).at(-1), "in-process oms-1");
  const { hits } = await embeddings.search({ branch: "main", query: "stored", k: 10, types: [] });
  assert.equal(hits.length, 3);
});
