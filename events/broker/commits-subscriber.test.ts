import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { commitMessageOf } from "../commit-message.ts";
import { Nats } from "../nats.fixture.ts";
import { subscriber } from "../subscriber.ts";
import { Broker } from "./broker.ts";
import { CommitsLog } from "./commits.ts";
import { bindDurable } from "./durable.ts";
import { followDomain } from "./follow.ts";

let nats: Nats;
let broker: Broker;

before(async () => {
  nats = await Nats.start();
  broker = Broker.open({ urls: nats.url, name: "test", streams: { replicas: 1, duplicateWindowMs: 1000 } });
  await broker.ready();
});
after(async () => {
  await broker.close();
  await nats.stop();
});

function message(env: string, id: string) {
  const event = { specversion: "1.0", id, source: `/branches/${env}/oms/main` };
  return commitMessageOf({
    subject: `${env}.commits.oms.main`,
    position: id,
    event: JSON.stringify({ ...event, type: "kernel.commits.changed" }),
  });
}

test("who subscribes to commits, or looks at them, is shown those of its environment alone", async () => {
  const log = new CommitsLog(broker);
  await log.tail("test.commits.oms.main");
  const seen: string[] = [];
  const all = Promise.withResolvers<void>();
  const see = (by: string, id: string) => {
    seen.push(`${by} ${id}`);
    if (seen.filter((each) => each.endsWith("last")).length === 2) all.resolve();
  };
  const binding = bindDurable(
    { broker, env: "test", subscriber: subscriber.parse({ name: "settles", domain: "commits" }) },
    async ({ event }) => {
      see("settles", event.id);
      return { as: "done" };
    },
  );
  const looking = followDomain(
    { broker, env: "test", domain: "commits" },
    { event: ({ event }) => see("looks", event.id), stands: () => {}, gap: () => {} },
  );
  await Promise.all([binding.bound, looking.bound]);
  await log.append([message("test", "first"), message("other", "first"), message("test", "last")], 0);
  await all.promise;
  await Promise.all([binding.stop(), looking.stop()]);
  assert.equal(seen.length, 4);
  assert.deepEqual(new Set(seen), new Set(["looks first", "looks last", "settles first", "settles last"]));
});
