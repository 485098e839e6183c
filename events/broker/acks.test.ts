import assert from "node:assert/strict";
import { test } from "node:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect, errors, headers } from "@nats-io/transport-node";
import { Nats } from "../nats.fixture.ts";
import { Acks } from "./acks.ts";

const SUBJECT = "test.acks.one";
const message = (timeoutMs: number) => ({ subject: SUBJECT, body: "one", headers: headers(), timeoutMs });

test("each of many messages gets its own acknowledgement, one that no stream takes none", async (t) => {
  const nats = await Nats.start();
  t.after(() => nats.stop());
  await using connection = await connect({ servers: nats.url });
  const acks = new Acks(connection);
  await assert.rejects(acks.publish(message(5000)), errors.NoRespondersError);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "ACKS", subjects: ["test.acks.*"] });
  const stored = await Promise.all(Array.from({ length: 100 }, () => acks.publish(message(5000))));
  assert.deepEqual(
    stored.map(({ seq }) => seq),
    Array.from({ length: 100 }, (_, n) => n + 1),
  );
});

test("what a stalled server does not acknowledge ends in time, or with the connection", {
  timeout: 60_000,
}, async (t) => {
  const nats = await Nats.start();
  t.after(() => nats.stop());
  const connection = await connect({ servers: nats.url });
  t.after(() => connection.close());
  const acks = new Acks(connection);
  await nats.stall();
  await assert.rejects(acks.publish(message(1)), errors.TimeoutError);
  const endless = acks.publish(message(2 ** 31 - 1));
  const refused = assert.rejects(endless, errors.ClosedConnectionError);
  await connection.close();
  await refused;
});
