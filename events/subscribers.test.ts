import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { startTestKernel, type TestKernel } from "@oms/data-kernel/kernel.fixture.ts";
import { WatchedDocuments } from "./documents.ts";
import { commitEffect } from "./effects.ts";
import type { Event } from "./event.ts";
import { SubscribersHandover } from "./handover.ts";
import { SUBSCRIBER } from "./names.ts";
import { type Subscriber, subscriber } from "./subscriber.ts";
import { ensureSubscriber, subscriberDocuments } from "./subscribers.ts";

let process: TestKernel;
before(async () => {
  process = await startTestKernel();
});
after(() => process.stop());

const bell = subscriber.parse({ name: "bell", domain: "ontology" });

describe("the documents of subscribers", () => {
  test("nothing is there before anything was written", async () => {
    const documents = subscriberDocuments(process.kernel, "never");
    assert.deepEqual(await documents.list(), []);
    assert.equal(await documents.get("bell"), undefined);
  });

  test("are put, listed by name and deleted, each put at the revision it was read at", async () => {
    const documents = subscriberDocuments(process.kernel, "a");
    const first = await documents.put("bell", bell, "");
    await assert.rejects(
      documents.put("bell", bell, ""),
      ({ code, violations }: ServiceError) => code === "ABORTED" && violations[0]?.field === "revision",
    );
    await documents.put("alarm", { ...bell, name: "alarm" });
    const names = (await documents.list()).map(({ body }) => body.name);
    assert.deepEqual(names, ["alarm", "bell"]);
    const second = await documents.put("bell", { ...bell, ordered: true }, first.revision);
    await assert.rejects(documents.put("bell", bell, first.revision), { code: "ABORTED" });
    assert.deepEqual(await documents.get("bell"), second);
    assert.equal(await documents.delete("alarm"), true);
    assert.equal(await documents.delete("alarm"), false);
  });

  test("are made once by however many begin at once, and keep what somebody made of them", async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => ensureSubscriber(process.kernel, "b", bell)),
    );
    assert.equal(new Set(made.map(({ revision }) => revision)).size, 1);
    await new SubscribersHandover(process.kernel, "b").move("bell", "extracted");
    const { body } = await ensureSubscriber(process.kernel, "b", bell);
    assert.equal(body.side, "extracted");
  });

  test("are followed as others write them", async () => {
    const documents = subscriberDocuments(process.kernel, "c");
    const seen: string[][] = [];
    const warned: unknown[] = [];
    const watched: WatchedDocuments<Subscriber> = new WatchedDocuments<Subscriber>({
      kernel: process.kernel,
      env: "c",
      type: SUBSCRIBER,
      log: { warn: (what: unknown) => warned.push(what) },
      pollMs: 10,
      changed: () => seen.push([...watched.documents.keys()]),
    });
    const until = async (names: string) => {
      while (seen.at(-1)?.join() !== names) await wait(5);
    };
    await documents.put("bell", bell);
    await until("bell");
    await documents.put("alarm", { ...bell, name: "alarm" });
    await until("alarm,bell");
    await documents.delete("bell");
    await until("alarm");
    await watched.close();
    assert.deepEqual(warned, []);
  });
});

describe("a handover of subscribers", () => {
  test("says who binds what, moves one, and does nothing where there is nothing to do", async () => {
    const { kernel } = process;
    const handover = new SubscribersHandover(kernel, "d");
    const items = async () => {
      const all = [];
      for await (const item of handover.items()) all.push(item);
      return all;
    };
    assert.deepEqual(await items(), []);
    await ensureSubscriber(kernel, "d", bell);
    const fields = { author: "bell@oms" };
    assert.deepEqual(await items(), [{ id: "bell", side: "in-process", fields }]);
    await handover.move("bell", "extracted");
    await handover.move("nobody", "extracted");
    const moved = await subscriberDocuments(kernel, "d").get("bell");
    assert.deepEqual(moved?.body, { ...bell, side: "extracted" });
    await handover.move("bell", "extracted");
    assert.deepEqual(await subscriberDocuments(kernel, "d").get("bell"), moved);
  });

  test("gets through while others change the subscriber", async () => {
    const { kernel } = process;
    const documents = subscriberDocuments(kernel, "e");
    await documents.put("bell", bell);
    const others = (async () => {
      for (let n = 1; n <= 5; n++) {
        const now = await documents.get("bell");
        if (now)
          await documents.put("bell", { ...now.body, maxDeliver: n }, now.revision).catch(() => undefined);
      }
    })();
    await new SubscribersHandover(kernel, "e").move("bell", "extracted");
    await others;
    assert.equal((await documents.get("bell"))?.body.side, "extracted");
  });
});

describe("an effect", () => {
  const event: Event = { specversion: "1.0", id: "1", source: "/tests", type: "oms.ontology.released" };
  const write = { put: { id: "Rung/1", type: "Rung", body: { times: 1 } } };
  const ring = (of: Event, times = 1) =>
    commitEffect(process.kernel, {
      subscriber: "bell",
      event: of,
      branch: "f/bell/main",
      message: "ring",
      writes: [{ put: { ...write.put, body: { times } } }],
    });

  test("is committed once, however often its event comes, and whatever it would be by then", async () => {
    const first = await ring(event);
    const again = await ring({ ...event, traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` }, 2);
    assert.deepEqual([first.repeated, again.repeated], [false, true]);
    assert.equal(again.commit?.id, first.commit?.id);
  });

  test("is not another event's of the same name", async () => {
    await ring(event);
    await assert.rejects(
      ring({ ...event, data: "other" }),
      ({ code, violations }: ServiceError) => code === "ALREADY_EXISTS" && violations[0]?.field === "key",
    );
  });
});
