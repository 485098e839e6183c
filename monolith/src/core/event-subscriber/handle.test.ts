import assert from "node:assert/strict";
import { test } from "node:test";
import { currentContext } from "@oms/chassis/context/context.ts";
import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Delivery } from "@oms/events/delivery.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import { Registry } from "prom-client";
import { handleWith } from "./handle.ts";
import { SubscriberMetrics } from "./metrics.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

const delivery = (more: Partial<Delivery["event"]> = {}): Delivery => ({
  event: {
    specversion: "1.0",
    id: "1",
    source: "/tests",
    type: "oms.ontology.released",
    traceparent: `00-${TRACE}-${SPAN}-01`,
    ...more,
  },
  attempt: 1,
  sequence: 7,
  storedMs: Date.now(),
});

function handling(run: (delivery: Delivery) => Promise<void>, ready = async () => {}) {
  const registry = new Registry();
  const metrics = new SubscriberMetrics(registry);
  const handler = {
    subscriber: subscriber.parse({ name: "bell", domain: "ontology" }),
    author: "bell@oms",
    run,
  };
  const handle = handleWith(handler, { metrics, ready, log: { warn: () => {} } });
  const signal = new AbortController();
  return {
    handle: (given: Delivery) => handle(given, signal.signal),
    abort: () => signal.abort(),
    counted: async (outcome: string) => {
      const { values } = (await registry.getSingleMetric("oms_events_handled_total")?.get()) ?? {
        values: [],
      };
      return values.find(({ labels }) => labels["outcome"] === outcome)?.value;
    },
  };
}

test("a handler runs in the event's trace, in its own name, under a key that is the event's", async () => {
  const contexts: ReturnType<typeof currentContext>[] = [];
  const { handle, counted } = handling(async () => {
    contexts.push(currentContext());
  });
  for (const id of ["1", "1", "2"]) assert.deepEqual(await handle(delivery({ id })), { as: "done" });
  const [first, again, other] = contexts;
  assert.ok(first && again && other);
  assert.deepEqual([first.author, first.shadow], ["bell@oms", false]);
  const [, trace, span] = first.traceparent.split("-");
  assert.equal(trace, TRACE);
  assert.notEqual(span, SPAN);
  assert.equal(first.key, again.key);
  assert.notEqual(first.key, other.key);
  assert.equal(await counted("done"), 3);
});

test("an event without a trace begins one", async () => {
  let seen = "";
  const { handle } = handling(async () => {
    seen = currentContext().traceparent;
  });
  await handle(delivery({ traceparent: undefined }));
  assert.match(seen, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test("what a handler throws settles the delivery: it never rejects", async () => {
  const bug = handling(() => Promise.reject(new TypeError("no such thing")));
  assert.equal((await bug.handle(delivery())).as, "again");
  assert.equal(await bug.counted("again"), 1);
  const poison = handling(() => Promise.reject(invalid("data", "must tell of a commit")));
  assert.deepEqual(await poison.handle(delivery()), {
    as: "dead",
    reason: "INVALID_ARGUMENT: data must tell of a commit",
  });
});

const away = new ServiceError("UNAVAILABLE", "no kernel answers");

test("while the kernel is away the delivery waits, and is done when it is back", async () => {
  let failures = 0;
  let isBack = false;
  const { handle } = handling(
    async () => {
      if (isBack) return;
      failures += 1;
      throw away;
    },
    async () => {
      isBack = true;
      throw away;
    },
  );
  assert.deepEqual(await handle(delivery()), { as: "done" });
  assert.equal(failures, 1);
});

test("what does not answer while the kernel does counts as a try", async () => {
  const { handle } = handling(() => Promise.reject(away));
  assert.equal((await handle(delivery())).as, "again");
});

test("a delivery that waits is given back when its subscription stops", async () => {
  const waiting = Promise.withResolvers<void>();
  const { handle, abort } = handling(
    () => Promise.reject(away),
    async () => {
      waiting.resolve();
      throw away;
    },
  );
  const settled = handle(delivery());
  await waiting.promise;
  abort();
  const settlement = await settled;
  assert.equal(settlement.as, "again");
  assert.equal(settlement.as === "again" && settlement.delayMs, 0);
});
