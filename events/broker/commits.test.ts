import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { commitMessageOf } from "../commit-message.ts";
import { Nats } from "../nats.fixture.ts";
import { Broker } from "./broker.ts";
import { type CommitMessage, CommitsLog } from "./commits.ts";

const SUBJECT = "test.commits.oms.main";

function message(n: number, data: unknown = n): CommitMessage {
  const event = { specversion: "1.0", id: `key ${n}/0`, source: "/branches/test/oms/main", data };
  return commitMessageOf({ subject: SUBJECT, position: `c${n}/0`, event: JSON.stringify(event) });
}
const several = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => message(from + i));

describe("the log of commits", () => {
  let nats: Nats;
  let broker: Broker;
  let log: CommitsLog;
  before(async () => {
    nats = await Nats.start();
    broker = Broker.open({
      urls: nats.url,
      name: "test",
      streams: { replicas: 1, duplicateWindowMs: 120_000 },
    });
    log = new CommitsLog(broker);
  });
  beforeEach(async () => {
    await log.tail(SUBJECT);
    await nats.manage(({ streams }) => streams.delete("COMMITS"));
  });
  after(async () => {
    await broker.close();
    await nats.stop();
  });

  it("is made where it is missing, and ends nowhere", async () => {
    const tail = await log.tail(SUBJECT);
    assert.deepEqual(tail, { lastSequence: 0, sequence: 0, position: "", maxBytes: 1024 * 1024 });
  });

  it("takes many at once, in their order, and says where it ends", async () => {
    await log.tail(SUBJECT);
    const { sequences, refusal } = await log.append(several(1, 500), 0);
    assert.equal(refusal, undefined);
    assert.deepEqual(
      sequences,
      Array.from({ length: 500 }, (_, i) => i + 1),
    );
    const { lastSequence, sequence, position } = await log.tail(SUBJECT);
    assert.deepEqual(
      { lastSequence, sequence, position },
      { lastSequence: 500, sequence: 500, position: "c500/0" },
    );
    const other = await log.tail("test.commits.oms.other");
    assert.deepEqual([other.lastSequence, other.sequence, other.position], [500, 0, ""]);
  });

  it("refuses all that a stale writer sends, from an empty stream as well", async () => {
    await log.tail(SUBJECT);
    await log.append(several(1, 3), 0);
    for (const stale of [0, 1, 2, 4]) {
      const { sequences, refusal } = await log.append(several(10, 20), stale);
      assert.deepEqual(sequences, []);
      assert.equal(refusal?.code, "ABORTED");
      assert.equal(refusal?.violations[0]?.field, "lastSequence");
    }
    assert.equal((await log.tail(SUBJECT)).lastSequence, 3);
  });

  it("stores nothing behind one that it refuses", async () => {
    await log.tail(SUBJECT);
    const large = message(2, "x".repeat(1_100_000));
    const { sequences, refusal } = await log.append([message(1), large, message(3), message(4)], 0);
    assert.deepEqual(sequences, [1]);
    assert.equal(refusal?.code, "RESOURCE_EXHAUSTED");
    assert.equal((await log.tail(SUBJECT)).lastSequence, 1);
  });

  it("counts as stored what it has, and refuses another event of that name", async () => {
    await log.tail(SUBJECT);
    await log.append(several(1, 3), 0);
    assert.deepEqual(await log.append([message(2)], 3), { sequences: [2] });
    const { sequences, refusal } = await log.append([message(3, "another")], 3);
    assert.deepEqual(sequences, []);
    assert.equal(refusal?.code, "ALREADY_EXISTS");
  });

  it("lets two that write at once neither double nor reorder", async () => {
    await log.tail(SUBJECT);
    const write = async () => {
      for (;;) {
        const { lastSequence, position } = await log.tail(SUBJECT);
        const done = Number(position.slice(1).split("/")[0] ?? 0);
        if (done >= 200) return;
        await log.append(several(done + 1, Math.min(200, done + 7)), lastSequence);
      }
    };
    await Promise.all([write(), write()]);
    const ids = await nats.manage(async ({ streams }) => {
      const all: string[] = [];
      for (let seq = 1; seq <= (await streams.info("COMMITS")).state.last_seq; seq += 1)
        all.push((await streams.getMessage("COMMITS", { seq }))?.json<{ id: string }>().id ?? "");
      return all;
    });
    assert.deepEqual(
      ids,
      Array.from({ length: 200 }, (_, i) => `key ${i + 1}/0`),
    );
  });
});
