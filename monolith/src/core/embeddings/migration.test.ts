import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Call } from "@oms/proxy/model/call.ts";
import type { Comparison } from "@oms/proxy/model/comparison.ts";
import { host } from "../../strangler.ts";
import { type Service, startEmbeddingService } from "../../testing/embedding-service.ts";
import { MODEL_DIR } from "../../testing/model.ts";
import { type Oms, startOms } from "../../testing/oms.ts";
import { migration } from "./migration.ts";
import type { Embeddings } from "./port.ts";
import { configureEmbeddings } from "./sides.ts";

let oms: Oms;
let service: Service;
let sides: Record<"in-process" | "extracted", Embeddings>;

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
  sides = { "in-process": await migration.inProcess(), extracted: await migration.extracted() };
});
after(async () => {
  await service.stop();
  await oms.stop();
});

let calls = 0;
const entry = (id: string, text: string) => ({ branch: "main", id, type: "T", text });

/** Calls the authority, lets `meanwhile` happen, then watches the other side and compares, as the strangler does. */
async function compared<R>(
  authority: Embeddings,
  watched: Embeddings,
  act: {
    call: (side: Embeddings) => Promise<R>;
    compare: (a: R, b: R) => Comparison;
    meanwhile?: () => Promise<unknown>;
  },
): Promise<Comparison> {
  const call: Call = { key: `call-${++calls}`, shadow: false, watched: true };
  const answer = await host.enter(call, () => act.call(authority));
  await act.meanwhile?.();
  const shadow: Call = { key: call.key, shadow: true, of: call };
  return act.compare(answer, await host.enter(shadow, () => act.call(watched)));
}

for (const [name, other] of [
  ["in-process", "extracted"],
  ["extracted", "in-process"],
] as const)
  describe(`${name} is the authority, ${other} is watched`, () => {
    const { embed, embedBatch, search, similarity, store } = migration.methods;
    const run = <R>(act: Parameters<typeof compared<R>>[2]) => compared(sides[name], sides[other], act);
    const match = { outcome: "match" };

    it("texts are embedded alike, and poorly covered ones are no evidence", async () => {
      const text = (text: string) => ({
        call: (side: Embeddings) => side.embed({ text }),
        compare: (a: Awaited<ReturnType<Embeddings["embed"]>>, b: typeof a) =>
          embed.compare(a, b, [{ text }]),
      });
      assert.deepEqual(await run(text("a dog in the park")), match);
      assert.deepEqual(await run(text("서울")), { outcome: "skipped", because: "poorly covered" });
      const texts = ["a dog", "a longer text about a dog in a park", "서울", "word ".repeat(300)];
      assert.deepEqual(
        await run({
          call: (side) => side.embedBatch({ texts }),
          compare: (a, b) => embedBatch.compare(a, b, [{ texts }]),
        }),
        match,
      );
      const pair = { a: "a dog", b: "a puppy" };
      assert.deepEqual(
        await run({
          call: (side) => side.similarity(pair),
          compare: (a, b) => similarity.compare(a, b, [pair]),
        }),
        match,
      );
    });

    it("a store is evaluated as of what the authority read: created, updated, unchanged and deleted", async () => {
      for (const text of [`${name} tower`, `${name} bridge`, `${name} bridge`, ""]) {
        const request = entry(`object-${name}`, text);
        assert.deepEqual(
          await run({
            call: (side) => side.store(request),
            compare: (a, b) => store.compare(a, b, [request]),
          }),
          match,
          text,
        );
      }
    });

    it("a search answers as of what the authority read, whatever is stored in between", async () => {
      const authority = sides[name];
      await authority.store(entry("kept", "a castle by the lake"));
      await authority.store(entry("moved", "a palace in the city"));
      const question = { branch: "main", query: "a royal castle", k: 2, types: [] };
      const act = {
        call: (side: Embeddings) => side.search(question),
        compare: (a: Awaited<ReturnType<Embeddings["search"]>>, b: typeof a) =>
          search.compare(a, b, [question]),
        meanwhile: async () => {
          await authority.store(entry(`new-${name}`, "the royal castle itself"));
          await authority.store(entry("moved", "a car park"));
          await authority.store(entry("kept", ""));
        },
      };
      assert.deepEqual(await run(act), match);
      await authority.store(entry(`new-${name}`, ""));
    });
  });
