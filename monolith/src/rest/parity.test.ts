import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import supertest from "supertest";
import { embeddings } from "../core/embeddings/index.ts";
import { configureEmbeddings } from "../core/embeddings/sides.ts";
import { strangler } from "../strangler.ts";
import { type Service, startEmbeddingService } from "../testing/embedding-service.ts";
import { MODEL_DIR } from "../testing/model.ts";
import { type Oms, startOms } from "../testing/oms.ts";

let oms: Oms;
let service: Service;

before(async () => {
  oms = await startOms();
  service = await startEmbeddingService(oms.kernelAddress);
  const texts = [
    "A royal palace with wide gardens",
    "Waves and sand by the sea",
    "경복궁은 서울의 궁궐이다",
    "the 서울 tower",
  ];
  for (const [index, text] of texts.entries())
    await embeddings.store({ branch: "main", id: `o${index}`, type: index === 1 ? "Beach" : "Place", text });
});
after(async () => {
  await strangler.stop();
  await service.stop();
  await oms.stop();
});

type Answer = { readonly status: number; readonly type: string | null; readonly body: string };

async function fromOms(path: string, body: string, contentType: string): Promise<Answer> {
  const { status, type, text } = await supertest(oms.app).post(path).type(contentType).send(body);
  return { status, type, body: text };
}

async function fromService(path: string, body: string, contentType: string): Promise<Answer> {
  const response = await fetch(service.url + path, {
    method: "POST",
    headers: { "content-type": contentType },
    body,
  });
  const type = response.headers.get("content-type")?.split(";")[0] ?? null;
  return { status: response.status, type, body: await response.text() };
}

const long = (length: number) => "x".repeat(length);

const refused: [what: string, path: string, body: unknown, status: number][] = [
  ["no text", "/embedding", {}, 400],
  ["an empty text", "/embedding", { text: "" }, 400],
  ["a text of 1 MB", "/embedding", { text: long(1_000_000) }, 400],
  ["a text one over its limit", "/embedding", { text: long(100_001) }, 400],
  ["a text that is a number", "/embedding", { text: 1 }, 400],
  ["a text that is null", "/embedding", { text: null }, 400],
  ["text and texts", "/embedding", { text: "a", texts: ["b"] }, 400],
  ["text and texts of wrong types", "/embedding", { text: 1, texts: 2 }, 400],
  ["no texts at all", "/embedding", { texts: [] }, 400],
  ["257 texts", "/embedding", { texts: Array(257).fill("a") }, 400],
  ["texts that are none", "/embedding", { texts: ["a", 1, null, "", {}] }, 400],
  ["empty texts", "/embedding", { texts: ["a", "", "b", ""] }, 400],
  ["30 empty texts", "/embedding", { texts: Array(30).fill("") }, 400],
  ["texts that are no array", "/embedding", { texts: "a" }, 400],
  ["an unknown model", "/embedding", { text: "a", modelVersion: "other" }, 400],
  ["an empty model", "/embedding", { text: "a", modelVersion: "" }, 400],
  ["a model that is a number", "/embedding", { text: "a", modelVersion: 1 }, 400],
  ["everything wrong", "/embedding", { texts: ["", long(100_001)], modelVersion: "other" }, 400],
  ["unknown fields", "/embedding", { text: 1, z: 1, a: 2 }, 400],
  ["an array", "/embedding", [], 400],
  ["a body of 5 MB", "/embedding", { text: long(5_000_000) }, 413],
  ["no a", "/similarity", { b: "x" }, 400],
  ["an empty a and no b", "/similarity", { a: "" }, 400],
  ["two empty texts", "/similarity", { a: "", b: "", modelVersion: "x" }, 400],
  ["no query", "/search", {}, 400],
  ["an empty query", "/search", { query: "" }, 400],
  ["k of 0", "/search", { query: "a", k: 0 }, 400],
  ["k of -1", "/search", { query: "a", k: -1 }, 400],
  ["k of 10^9", "/search", { query: "a", k: 1e9 }, 400],
  ["k of 10^10", "/search", { query: "a", k: 1e10 }, 400],
  ["k of 1.5", "/search", { query: "a", k: 1.5 }, 400],
  ["k that is a string", "/search", { query: "a", k: "10" }, 400],
  ["k that is null", "/search", { query: "a", k: null }, 400],
  ["types that are no array", "/search", { query: "a", types: "Place" }, 400],
  ["types that are no strings", "/search", { query: "a", types: [1] }, 400],
  ["101 types", "/search", { query: "a", types: Array(101).fill("T") }, 400],
  ["an empty branch", "/search", { query: "a", branch: "" }, 400],
  ["a branch of 201 characters", "/search", { query: "a", branch: long(201) }, 400],
  ["an unknown mode", "/search", { query: "a", mode: "fuzzy" }, 400],
  ["an empty mode", "/search", { query: "a", mode: "" }, 400],
  ["a mode that is a number", "/search", { query: "a", mode: 1 }, 400],
  ["a mode that every object has", "/search", { query: "a", mode: "constructor", modelVersion: "x" }, 400],
  ["an unknown branch", "/search", { query: "a", branch: "nowhere" }, 404],
  ["an unknown branch with half a character", "/search", { query: "a", branch: "no\ud800" }, 404],
  ["a branch with a control character", "/search", { query: "a", branch: "\u0001" }, 404],
  ["an unknown branch and k of 0", "/search", { query: "a", k: 0, branch: "nowhere" }, 400],
];

const stages: [stage: string, enter: () => Promise<void>][] = [
  ["in-process", async () => {}],
  ["live", goLive],
];

/** From here on the service answers, each route by its own REST. */
async function goLive(): Promise<void> {
  const { kernel } = oms;
  const { address: serviceAddress, url: serviceUrl } = service;
  configureEmbeddings({ kernel, env: "dev", build: "test", modelDir: MODEL_DIR, serviceAddress, serviceUrl });
  const log = { info: () => {}, warn: () => {} };
  await strangler.start({ overrides: { embedding: "true" }, log });
}

/** How many requests the service has answered with 200 on the routes of embedding. */
async function answeredByService(): Promise<number> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const counts = metrics.matchAll(
    /_count\{.*http_route="\/(?:embedding|similarity|search)".*"200".*\} (\d+)/g,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

const NUMBER = /(?<=[[:,])-?\d+(\.\d+)?(e-?\d+)?(?=[\],}])/g;
const numbersOf = (json: string) => (json.match(NUMBER) ?? []).map(Number);

const answered: [what: string, path: string, body: unknown][] = [
  ["one text", "/embedding", { text: "a dog in the park" }],
  ["one Korean text", "/embedding", { text: "서울" }],
  ["a text of white space", "/embedding", { text: " " }],
  ["a text at its limit", "/embedding", { text: "word ".repeat(20_000) }],
  ["half a character", "/embedding", { text: "a\ud800b" }],
  [
    "many texts, one twice",
    "/embedding",
    { texts: ["b", "a longer one, with commas", "b", "서울", "\u0000"] },
  ],
  ["a similarity", "/similarity", { a: "a dog", b: "a puppy" }],
  ["a similarity with a Korean text", "/similarity", { a: "a dog", b: "강아지" }],
  ["a search", "/search", { query: "the king's castle" }],
  ["a search by type", "/search", { query: "the king's castle", types: ["Beach", "Beach"], k: 1000 }],
  ["a Korean search", "/search", { query: "서울" }],
  ...["vector", "trigram", "hybrid"].flatMap((mode): [string, string, object][] => [
    [`a search in mode ${mode}`, "/search", { query: "the 서울 palace by the sea", mode }],
    [`a Korean search in mode ${mode}`, "/search", { query: "서울 궁궐", mode, k: 2 }],
  ]),
  ["a search on another branch", "/search", { query: "castle", branch: "draft", k: 1 }],
];

for (const [stage, enter] of stages)
  describe(`in stage ${stage} OMS and the embedding service`, () => {
    before(enter);

    for (const [what, path, body, status] of refused)
      it(`${what} on ${path}`, async () => {
        const sent = JSON.stringify(body);
        const ours = await fromOms(path, sent, "application/json");
        assert.equal(ours.status, status, ours.body);
        assert.equal(ours.type, "application/problem+json");
        assert.ok(JSON.parse(ours.body).errors.length > 0);
        assert.deepEqual(await fromService(path, sent, "application/json"), ours);
      });

    for (const [what, body, type] of [
      ["malformed JSON", '{"text": ', "application/json"],
      ["JSON that is a string", '"text"', "application/json"],
      ["an infinite k", '{"query":"a","k":1e999}', "application/json"],
      ["an empty body", "", "application/json"],
      ["a form", "text=a", "application/x-www-form-urlencoded"],
    ] as const)
      it(what, async () => {
        const ours = await fromOms("/search", body, type);
        assert.equal(ours.status, 400, ours.body);
        assert.deepEqual(await fromService("/search", body, type), ours);
      });

    for (const [what, path, body] of answered)
      it(`${what} on ${path}`, async () => {
        const sent = JSON.stringify(body);
        const ours = await fromOms(path, sent, "application/json");
        const theirs = await fromService(path, sent, "application/json");
        assert.equal(ours.status, 200, ours.body);
        assert.equal(theirs.status, 200, theirs.body);
        assert.equal(theirs.body.replaceAll(NUMBER, "#"), ours.body.replaceAll(NUMBER, "#"));
        const numbers = numbersOf(theirs.body);
        for (const [index, number] of numbersOf(ours.body).entries())
          assert.ok(Math.abs(number - (numbers[index] ?? Number.NaN)) < 1e-4, `number ${index}`);
      });

    it("leave other methods alone", async () => {
      await supertest(oms.app).get("/embedding").expect(404);
      await supertest(oms.app).head("/search").expect(404);
    });
  });

it("in stage live it was the service that answered", async () => {
  const before = await answeredByService();
  for (const [, path, body] of answered) await fromOms(path, JSON.stringify(body), "application/json");
  assert.equal(await answeredByService(), before + answered.length);
});
