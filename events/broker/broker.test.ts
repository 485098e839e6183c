import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { envelopeOf } from "../envelope.ts";
import type { Event } from "../event.ts";
import { Nats, NatsCluster } from "../nats.fixture.ts";
import { Broker } from "./broker.ts";

const ENV = "test";
const STREAMS = { replicas: 1, duplicateWindowMs: 120_000 };
const open = (urls: string) => Broker.open({ urls, name: "test", streams: STREAMS, publishMs: 2000 });

function event(id: string, more: Partial<Event> = {}): Event {
  return { specversion: "1.0", id, source: "/tests", type: "oms.ontology.released", ...more };
}
const publish = (broker: Broker, one: Event) => broker.publish(envelopeOf(ENV, one));

async function eventually(check: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (tries > 1200) throw error;
      await delay(50);
    }
  }
}

describe("a broker", () => {
  let nats: Nats;
  let broker: Broker;
  before(async () => {
    nats = await Nats.start();
    broker = open(nats.url);
    await broker.ready();
    // The last of the streams that are made at a connection.
    await eventually(() => nats.manage(({ streams }) => streams.info("WEBHOOKS")));
  });
  after(async () => {
    await broker.close();
    await nats.stop();
  });

  it("makes the stream of a domain, keeps an event in it once, and says where", async () => {
    const first = await publish(broker, event("once"));
    assert.deepEqual({ ...first, sequence: 0 }, { stream: "ONTOLOGY", sequence: 0, duplicate: false });
    const traced = { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01` };
    const second = await publish(broker, event("once", traced));
    assert.deepEqual(second, { ...first, duplicate: true });
    assert(broker.isUp);
    await broker.ready();
  });

  it("refuses another event under a name that is taken", async () => {
    await publish(broker, event("taken", { data: 1 }));
    await assert.rejects(publish(broker, event("taken", { data: 2 })), {
      code: "ALREADY_EXISTS",
      violations: [{ field: "id", message: "names another event of this source" }],
    });
  });

  it("compares with the event itself where who stored it left no digest", async () => {
    const { subject, body, messageId } = envelopeOf(ENV, event("bare", { data: { a: 1, b: 2 } }));
    await nats.publishing((client) => client.publish(subject, body, { msgID: messageId }));
    assert((await publish(broker, event("bare", { data: { b: 2, a: 1 } }))).duplicate);
    await assert.rejects(publish(broker, event("bare", { data: { a: 1 } })), { code: "ALREADY_EXISTS" });
  });

  it("refuses a domain without a stream, and takes it as soon as there is one", async () => {
    const unknown = event("unknown", { type: "oms.weather.changed" });
    await assert.rejects(publish(broker, unknown), {
      code: "FAILED_PRECONDITION",
      violations: [{ field: "type", message: "is of a domain that no stream keeps" }],
    });
    await assert.rejects(broker.requireStream("test.weather.x"), { code: "FAILED_PRECONDITION" });
    await nats.manage(({ streams }) => streams.add({ name: "WEATHER", subjects: ["*.weather.>"] }));
    await publish(broker, unknown);
    await broker.requireStream("test.weather.x");
  });

  it("makes a stream of the system anew when somebody deleted it", async () => {
    await publish(broker, event("before"));
    await nats.manage(({ streams }) => streams.delete("ONTOLOGY"));
    assert.deepEqual(await publish(broker, event("after")), {
      stream: "ONTOLOGY",
      sequence: 1,
      duplicate: false,
    });
  });

  it("says that an event is too large", async () => {
    const large = event("large", { data: "x".repeat(1_200_000) });
    await assert.rejects(publish(broker, large), {
      code: "RESOURCE_EXHAUSTED",
      violations: [{ field: "data", message: "is larger than NATS takes" }],
    });
    await nats.manage(({ streams }) => streams.update("JOBS", { max_msg_size: 1000 }));
    const job = event("large", { type: "oms.jobs.done", data: "x".repeat(2000) });
    await assert.rejects(publish(broker, job), { code: "RESOURCE_EXHAUSTED" });
  });

  it("sets right what all streams share, and leaves what was set by hand", async () => {
    const set = { max_age: 3600 * 1e9, duplicate_window: 1e9 };
    await nats.manage(({ streams }) => streams.update("BRANCHES", set));
    const second = open(nats.url);
    await second.ready();
    await eventually(async () => {
      const { config } = await nats.manage(({ streams }) => streams.info("BRANCHES"));
      assert.equal(config.duplicate_window, 120_000 * 1e6);
      assert.equal(config.max_age, set.max_age);
    });
    await second.close();
  });
});

describe("while NATS is away", () => {
  it("says so at once, before NATS ever was there as well, and goes on when it comes", async () => {
    const nats = await Nats.start();
    await nats.kill();
    const broker = open(nats.url);
    await assert.rejects(publish(broker, event("1")), { code: "UNAVAILABLE" });
    await assert.rejects(broker.ready(), { code: "UNAVAILABLE" });
    await nats.resume();
    await eventually(() => publish(broker, event("1")));
    await nats.kill();
    await assert.rejects(publish(broker, event("2")), { code: "UNAVAILABLE" });
    assert(!broker.isUp);
    await nats.resume();
    await eventually(() => publish(broker, event("2")));
    await broker.close();
    await nats.stop();
  });

  it("loses nothing that was acknowledged, however often NATS is killed", async (t) => {
    const nats = await Nats.start();
    t.after(() => nats.stop());
    const broker = open(nats.url);
    t.after(() => broker.close());
    const acknowledged = new Set<string>();
    const going = new AbortController();
    const publishers = Array.from({ length: 8 }, async (_, p) => {
      for (let n = 0; !going.signal.aborted; n += 1) {
        const id = `${p}-${n}`;
        await publish(broker, event(id)).then(
          () => acknowledged.add(id),
          () => delay(20),
        );
      }
    });
    for (let kills = 1; kills <= 3; kills += 1) {
      const enough = acknowledged.size + 200;
      while (acknowledged.size < enough) await delay(10);
      await nats.kill();
      await nats.resume();
    }
    going.abort();
    await Promise.all(publishers);
    const stored = await nats.manage(async ({ streams }) => {
      const { state } = await streams.info("ONTOLOGY");
      const ids = new Set<string>();
      for (let seq = 1; seq <= state.last_seq; seq += 1)
        ids.add((await streams.getMessage("ONTOLOGY", { seq }))?.json<Event>().id ?? "");
      return ids;
    });
    assert.deepEqual(
      [...acknowledged].filter((id) => !stored.has(id)),
      [],
    );
  });

  it("notices a server that stalls, and takes it back when it goes on", async (t) => {
    const nats = await Nats.start();
    t.after(() => nats.stop());
    const broker = open(nats.url);
    t.after(() => broker.close());
    await publish(broker, event("before"));
    await nats.stall();
    await assert.rejects(publish(broker, event("during")), { code: "UNAVAILABLE" });
    await eventually(async () => assert(!broker.isUp));
    nats.unstall();
    await eventually(() => publish(broker, event("during")));
  });
});

describe("a cluster of three", () => {
  it("goes on without the leader of a stream", async (t) => {
    const cluster = await NatsCluster.start();
    t.after(() => cluster.stop());
    const broker = Broker.open({ urls: cluster.urls, name: "test", streams: { ...STREAMS, replicas: 3 } });
    t.after(() => broker.close());
    await eventually(() => publish(broker, event("before")));
    const leader = await cluster.leaderOf("ONTOLOGY");
    await leader.kill();
    await eventually(() => publish(broker, event("after")));
    const other = cluster.servers.find((server) => server !== leader);
    const info = await other?.manage(({ streams }) => streams.info("ONTOLOGY"));
    assert.equal(info?.config.num_replicas, 3);
  });
});
