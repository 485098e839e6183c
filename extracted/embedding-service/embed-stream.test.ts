import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, credentials, type ServiceError as GrpcError } from "@grpc/grpc-js";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { EmbeddingServiceDefinition, EmbedStreamRequest } from "@oms/protos/oms/embedding/v1/embedding.ts";
import { startService } from "./service.fixture.ts";

let service: Awaited<ReturnType<typeof startService>>;
before(async () => {
  service = await startService("127.0.0.1:1");
});
after(() => service.stop());

async function* texts(...all: readonly string[]) {
  for (const text of all) yield { text, modelVersion: service.modelVersion };
}

/** What a stream answers, and how it ends. */
async function answers(requests: AsyncIterable<EmbedStreamRequest>) {
  const vectors: number[][] = [];
  try {
    for await (const { embedding } of service.client.embedStream(requests)) {
      vectors.push(embedding?.vector ?? []);
    }
    return { vectors, error: undefined };
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
    return { vectors, error };
  }
}

test("a stream's answers are those of single calls, in the order of its texts", async () => {
  const all = Array.from({ length: 70 }, (_, index) => `${"part ".repeat((index * 7) % 30)}number ${index}`);
  const { vectors, error } = await answers(texts(...all));
  assert.deepEqual([vectors.length, error], [70, undefined]);
  for (const index of [0, 1, 34, 69]) {
    const { embedding } = await service.client.embed({
      text: all[index] ?? "",
      modelVersion: service.modelVersion,
    });
    const worst = Math.max(
      ...(embedding?.vector ?? [Number.NaN]).map((value, at) =>
        Math.abs(value - (vectors[index]?.[at] ?? 9)),
      ),
    );
    assert.ok(worst < 2e-6, `text ${index} differs by ${worst}`);
  }
});

test("a client may wait for each answer before its next text", async () => {
  const answered = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const requests = async function* () {
    for (const [index, { promise }] of answered.entries()) {
      yield { text: `number ${index}`, modelVersion: service.modelVersion };
      await promise;
    }
  };
  let count = 0;
  for await (const { embedding } of service.client.embedStream(requests())) {
    assert.equal(embedding?.vector.length, 512);
    answered[count++]?.resolve();
  }
  assert.equal(count, 2);
});

test("a bad item ends the stream after the answers before it, and is named by its place", async () => {
  const { vectors, error } = await answers(texts("a", "b", "", "c"));
  assert.equal(vectors.length, 2);
  assert.deepEqual(
    [error?.code, error?.message, error?.violations],
    [
      "INVALID_ARGUMENT",
      "requests[2].text must not be empty",
      [{ field: "requests[2].text", message: "must not be empty" }],
    ],
  );
});

test("every item names the model version", async () => {
  const requests = async function* () {
    yield { text: "a", modelVersion: service.modelVersion };
    yield { text: "", modelVersion: "other" };
  };
  const { error } = await answers(requests());
  assert.deepEqual(error?.violations, [
    { field: "requests[1].text", message: "must not be empty" },
    { field: "requests[1].modelVersion", message: `must be ${service.modelVersion}` },
  ]);
});

test("bytes that are no protobuf message are named by their place", async () => {
  const client = new Client(`127.0.0.1:${service.grpcPort}`, credentials.createInsecure());
  const path = `/${EmbeddingServiceDefinition.fullName}/EmbedStream`;
  const same = (bytes: Buffer) => bytes;
  const call = client.makeBidiStreamRequest(path, same, same);
  const { promise, resolve } = Promise.withResolvers<GrpcError>();
  call.on("error", resolve);
  call.resume();
  const sound = { text: "a", modelVersion: service.modelVersion };
  call.write(Buffer.from(EmbedStreamRequest.encode(sound).finish()));
  call.write(Buffer.from([0x0a, 0xff, 0xff]));
  const { code, details } = await promise;
  assert.deepEqual([code, details], [3, "requests[1].message must be valid protobuf"]);
  client.close();
});

test("for a client that takes no answers no more texts are embedded than a bound", async () => {
  const { modelVersion } = service;
  const endless = async function* () {
    for (let index = 0; ; index++) yield { text: `text ${index}`, modelVersion };
  };
  const before = await sumOf(/^embedding_texts_total\{\S* (\d+)$/gm);
  const stream = service.client.embedStream(endless())[Symbol.asyncIterator]();
  await stream.next();
  // Each of these waits for a batch of its own, in which the stream's texts would run too.
  for (let call = 0; call < 60; call++) await service.client.embed({ text: `call ${call}`, modelVersion });
  const embedded = (await sumOf(/^embedding_texts_total\{\S* (\d+)$/gm)) - before - 60;
  assert.ok(embedded > 1 && embedded < 200, `${embedded} of the stream's texts`);
  await stream.return?.();
});

test("a client that goes away ends its stream", async () => {
  const ended = /^rpc_server_call_duration_seconds_count\{\S*EmbedStream\S* (\d+)$/gm;
  const open = Promise.withResolvers<void>();
  const requests = async function* () {
    yield* texts("a");
    await open.promise;
  };
  const stream = service.client.embedStream(requests())[Symbol.asyncIterator]();
  await stream.next();
  const before = await sumOf(ended);
  const leaving = stream.return?.();
  while ((await sumOf(ended)) === before);
  open.resolve();
  await leaving;
});

/** The sum of the metrics whose values `lines` captures. */
async function sumOf(lines: RegExp): Promise<number> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return [...metrics.matchAll(lines)].reduce((sum, [, value]) => sum + Number(value), 0);
}
