import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, credentials, type ServiceError as GrpcError } from "@grpc/grpc-js";
import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { EmbeddingServiceDefinition } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { startKernelProcess } from "./process.fixture.ts";
import { startService } from "./service.fixture.ts";

const stops: (() => Promise<void> | void)[] = [];
let service: Awaited<ReturnType<typeof startService>>;
/** Started with no kernel behind it. */
let alone: Awaited<ReturnType<typeof startService>>;

before(async () => {
  const { address, stop } = await startKernelProcess();
  stops.push(stop);
  const kernel = connectKernel({ address });
  await kernel.createBranch({ name: "test/oms/main" });
  kernel.close();
  service = await startService(address);
  stops.push(service.stop);
  alone = await startService("127.0.0.1:1");
  stops.push(alone.stop);
});
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

type Answer = { readonly code: string; readonly violations: readonly Violation[] };

async function overRest(path: string, body: unknown): Promise<Answer> {
  const { status, body: text } = await service.post(path, JSON.stringify(body));
  const problem = JSON.parse(text);
  assert.equal(status, problem.status);
  return { code: problem.title, violations: problem.errors };
}

async function overGrpc(call: () => Promise<unknown>): Promise<Answer> {
  const error = await call().then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ServiceError, String(error));
  return { code: error.code, violations: error.violations };
}

const LONG = "x".repeat(1024 * 1024);
const tooLong = { message: "must have at most 100000 characters" };
const badK = { field: "k", message: "must be an integer from 1 to 1000" };

test("bad values get the same typed error over gRPC and REST", async () => {
  const { client, modelVersion } = service;
  const wrongVersion = { field: "modelVersion", message: `must be ${modelVersion}` };
  const search = { query: "a", k: 1, types: [], branch: "main", modelVersion };
  const rows: [string, object, () => Promise<unknown>, Answer["violations"]][] = [
    ...["", LONG].map((text): (typeof rows)[number] => {
      const request = { text, modelVersion };
      const violation = text === "" ? { message: "must not be empty" } : tooLong;
      return ["/embedding", request, () => client.embed(request), [{ field: "text", ...violation }]];
    }),
    [
      "/embedding",
      { text: "a", modelVersion: "other" },
      () => client.embed({ text: "a", modelVersion: "other" }),
      [wrongVersion],
    ],
    [
      "/embedding",
      { texts: ["a", ""], modelVersion: "other" },
      () => client.embedBatch({ texts: ["a", ""], modelVersion: "other" }),
      [{ field: "texts[1]", message: "must not be empty" }, wrongVersion],
    ],
    [
      "/embedding",
      { texts: [] },
      () => client.embedBatch({ texts: [], modelVersion }),
      [{ field: "texts", message: "must have 1 to 256 items" }],
    ],
    [
      "/similarity",
      { a: "", b: LONG },
      () => client.similarity({ a: "", b: LONG, modelVersion }),
      [
        { field: "a", message: "must not be empty" },
        { field: "b", ...tooLong },
      ],
    ],
    ...[0, -1, 1e9].map((k): (typeof rows)[number] => {
      const request = { ...search, k };
      return ["/search", request, () => client.search(request), [badK]];
    }),
  ];
  for (const [path, body, call, violations] of rows) {
    const expected = { code: "INVALID_ARGUMENT", violations };
    assert.deepEqual(await overRest(path, body), expected);
    assert.deepEqual(await overGrpc(call), expected);
  }
});

test("an unknown branch is not found, over gRPC and REST", async () => {
  const { client, modelVersion } = service;
  const search = { query: "a", k: 1, types: [], branch: "nowhere", modelVersion };
  const object = { branch: "nowhere", id: "1", type: "T", text: "t", modelVersion };
  const expected = {
    code: "NOT_FOUND",
    violations: [{ field: "branch", message: "branch nowhere does not exist" }],
  };
  assert.deepEqual(await overRest("/search", search), expected);
  assert.deepEqual(await overGrpc(() => client.search(search)), expected);
  assert.deepEqual(await overGrpc(() => client.store(object)), expected);
});

test("bodies of another shape are refused over REST", async () => {
  const rows: [string, string, Violation[]][] = [
    ["/embedding", "{", [{ field: "body", message: "must be valid JSON" }]],
    ["/embedding", "[]", [{ field: "body", message: "must be a JSON object" }]],
    ["/embedding", "null", [{ field: "body", message: "must be a JSON object" }]],
    ["/embedding", '{"text":5}', [{ field: "text", message: "must be a string" }]],
    ["/search", '{"query":"a","k":1.5}', [badK]],
    ["/search", '{"query":"a","limit":5}', [{ field: "limit", message: "is not a known field" }]],
  ];
  for (const [path, body, errors] of rows) {
    const answer = await service.post(path, body);
    assert.deepEqual([answer.status, JSON.parse(answer.body).errors], [400, errors]);
  }
});

test("gRPC asks for the model version", async () => {
  const violations = [{ field: "modelVersion", message: "must not be empty" }];
  const answer = await overGrpc(() => service.client.embed({ text: "a", modelVersion: "" }));
  assert.deepEqual(answer, { code: "INVALID_ARGUMENT", violations });
});

test("bytes that are no protobuf message are INVALID_ARGUMENT", async () => {
  const client = new Client(`127.0.0.1:${service.grpcPort}`, credentials.createInsecure());
  const path = `/${EmbeddingServiceDefinition.fullName}/Embed`;
  const same = (bytes: Buffer) => bytes;
  const { promise, resolve } = Promise.withResolvers<GrpcError | null>();
  client.makeUnaryRequest(path, same, same, Buffer.from([0x0a, 0xff, 0xff]), resolve);
  assert.equal((await promise)?.code, 3);
  client.close();
});

test("both edges answer with the same numbers, REST in the agreed order of fields", async () => {
  const { client, modelVersion } = service;
  const { embedding } = await client.embed({ text: "A customer", modelVersion });
  const one = await service.post("/embedding", '{"text":"A customer"}');
  assert.equal(one.body, JSON.stringify({ modelVersion, embedding }));

  const texts = ["고객"];
  const { embeddings } = await client.embedBatch({ texts, modelVersion });
  const batch = await service.post("/embedding", JSON.stringify({ texts }));
  assert.equal(batch.body, JSON.stringify({ modelVersion, embeddings }));
  assert.equal(embeddings[0]?.poorlyCovered, true);

  const pair = { a: "How old are you?", b: "What is your age?" };
  const { similarity, poorlyCovered } = await client.similarity({ ...pair, modelVersion });
  const answer = await service.post("/similarity", JSON.stringify(pair));
  assert.ok(similarity > 0.7 && similarity <= 1 && !poorlyCovered);
  const { similarity: overHttp } = JSON.parse(answer.body);
  assert.ok(Math.abs(overHttp - similarity) < 1e-6);
  assert.deepEqual(Object.keys(JSON.parse(answer.body)), ["modelVersion", "similarity", "poorlyCovered"]);
});

test("metrics count batches, texts and tokens", async () => {
  const count = async (name: string) => {
    const lines = (await (await fetch(`${alone.url}/metrics`)).text()).split("\n");
    return Number(
      lines
        .find((line) => line.startsWith(`${name}{`))
        ?.split(" ")
        .at(-1),
    );
  };
  assert.deepEqual([await count("embedding_batches_total"), await count("embedding_queue_length")], [0, 0]);
  await alone.post("/embedding", '{"text":"one"}');
  await alone.post("/embedding", '{"text":"two"}');
  assert.equal(await count("embedding_batches_total"), 2);
  assert.equal(await count("embedding_texts_total"), 2);
  assert.equal(await count("embedding_inference_seconds_count"), 2);
  assert.ok((await count("embedding_tokens_total")) >= 2);
});

test("without a kernel it is not ready, still embeds, and searching is unavailable", async () => {
  const ready = await fetch(`${alone.url}/ready`);
  const { checks }: { checks: Record<string, string> } = JSON.parse(await ready.text());
  assert.equal(ready.status, 503);
  assert.ok(checks["kernel"] !== "ok" && checks["index"] !== "ok");
  assert.equal((await alone.post("/embedding", '{"text":"a"}')).status, 200);
  assert.equal((await alone.post("/search", '{"query":"a"}')).status, 503);
});
