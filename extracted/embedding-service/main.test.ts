import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { test } from "node:test";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { MODEL_DIRECTORY } from "./model.fixture.ts";
import { startProcess } from "./process.fixture.ts";

const MAIN = "embedding-service/main.ts";
const ENV = { KERNEL_URL: "127.0.0.1:1", EMBEDDING_MODEL_DIR: MODEL_DIRECTORY };

test("SIGTERM lets running calls finish, then the process ends well", async () => {
  const { child, grpcPort, port, exited } = await startProcess(MAIN, ENV);
  const options = { address: `127.0.0.1:${grpcPort}`, deadlineMs: 60_000 };
  const { client, close } = openChannel(EmbeddingServiceDefinition, options);
  const refused = await client.embed({ text: "a", modelVersion: "?" }).catch(String);
  const modelVersion = /must be (\S+)/.exec(String(refused))?.[1] ?? "";
  const texts = Array.from({ length: 64 }, (_, index) => `${"many words ".repeat(20)}${index}`);
  const running = client.embedBatch({ texts, modelVersion });
  assert.ok(await isBusy(port, running));
  child.kill("SIGTERM");
  assert.equal((await running).embeddings.length, 64);
  close();
  assert.equal(await exited, 0);
  const [error] = await once(connect(port, "127.0.0.1"), "error");
  assert.equal(error.code, "ECONNREFUSED");
});

test("a taken port ends the start with a sentence that names the variable", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  assert.ok(address && typeof address === "object");
  await assert.rejects(startProcess(MAIN, { ...ENV, PORT: `${address.port}` }), /set PORT to another port/);
  taken.close();
});

test("a provider that is not there ends the start with a sentence that says what to do", async () => {
  const starting = startProcess(MAIN, { ...ENV, EMBEDDING_PROVIDER: "cuda" });
  await assert.rejects(starting, /onnxruntime finds none here.* set EMBEDDING_PROVIDER to cpu/);
  await assert.rejects(
    startProcess(MAIN, { ...ENV, EMBEDDING_PROVIDER: "tpu" }),
    /EMBEDDING_PROVIDER: .*cpu/,
  );
});

/** Looks until texts wait for the model; false when `running` ended before that was seen. */
async function isBusy(port: number, running: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  running.then(end, end);
  while (!ended) {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    if (/^embedding_queue_length\S* [1-9]/m.test(metrics)) return true;
  }
  return false;
}
