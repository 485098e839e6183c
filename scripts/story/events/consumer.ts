import { createHash, randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { loadConfig, port, wholeNumber } from "@oms/chassis/config.ts";
import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { childTraceparent } from "@oms/chassis/context/traceparent.ts";
import { createLogger } from "@oms/chassis/log.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import { natsTransport } from "@oms/events/broker/transport.ts";
import type { Delivery, Handle, Settlement, Subscription } from "@oms/events/delivery.ts";
import { WatchedDocuments } from "@oms/events/documents.ts";
import { commitEffect } from "@oms/events/effects.ts";
import { identityOf } from "@oms/events/event.ts";
import { authorOf } from "@oms/events/handover.ts";
import { SUBSCRIBER } from "@oms/events/names.ts";
import type { Subscriber, SubscriberSide } from "@oms/events/subscriber.ts";
import { isRegistered } from "@oms/events/subscribers.ts";
import { z } from "zod";
import { subscribeAtGateway } from "./gateway-subscription.ts";

const list = z.string().transform((names) => names.split(","));

/**
 * A process with subscribers of its own, beside OMS's: it binds each by the side that its document names, writes a line
 * for each delivery and commits one document as its effect.
 */
const settings = loadConfig(
  z.object({
    HOST: z.string(),
    PORT: port,
    OMS_ENV: z.string(),
    KERNEL_URL: z.string(),
    NATS_URL: z.string(),
    EVENT_GATEWAY_URL: z.string(),
    EVENT_STREAM_REPLICAS: wholeNumber(1, 5).default(1),
    EVENT_DUPLICATE_WINDOW_MS: wholeNumber(100, 86_400_000).default(120_000),
    SUBSCRIBERS: list,
    /** Of the events that are the story's; others are let go. */
    SOURCES: list,
    EFFECTS: z.string(),
    LINES: z.string(),
    /** `fresh`: each effect under a key of its own, and each event asked for once more. What nobody should do. */
    EFFECT_KEYS: z.enum(["of-events", "fresh"]).default("of-events"),
  }),
);
const AGAIN_MS = 200;
const { OMS_ENV: env, EFFECTS: branch } = settings;

const log = createLogger("consumer", "info");
const kernel = connectKernel({ address: settings.KERNEL_URL });
const streams = {
  replicas: settings.EVENT_STREAM_REPLICAS,
  duplicateWindowMs: settings.EVENT_DUPLICATE_WINDOW_MS,
};
const broker = Broker.open({ urls: settings.NATS_URL, name: "story-consumer", streams, log });
const nats = natsTransport({ broker, env, isRegistered: (name) => isRegistered(kernel, env, name) });
const bound = new Map<string, { readonly side: SubscriberSide; readonly subscription: Subscription }>();

const documents = new WatchedDocuments<Subscriber>({
  kernel,
  env,
  type: SUBSCRIBER,
  log,
  pollMs: 200,
  changed: bindAll,
});

/** The new side is bound before the other lets go: both may be for a while. */
function bindAll(): void {
  for (const name of settings.SUBSCRIBERS) {
    const subscriber = documents.documents.get(name)?.body;
    const before = bound.get(name);
    if (!subscriber || before?.side === subscriber.side) continue;
    bound.set(name, { side: subscriber.side, subscription: bind(subscriber) });
    void before?.subscription.stop();
  }
}

function bind(subscriber: Subscriber): Subscription {
  const handle = handlerOf(subscriber.name);
  return subscriber.side === "in-process"
    ? nats.subscribe(subscriber, handle)
    : subscribeAtGateway(settings.EVENT_GATEWAY_URL, subscriber, handle);
}

/** Each goes on with its event's trace. */
function handlerOf(subscriber: string): Handle {
  const handle = handlerIn(subscriber);
  return (delivery) => {
    const traceparent = childTraceparent(delivery.event.traceparent);
    return runInContext(newContext({ author: authorOf({ name: subscriber }), traceparent }), () =>
      handle(delivery),
    );
  };
}

function handlerIn(subscriber: string): (delivery: Delivery) => Promise<Settlement> {
  return async ({ event, attempt }) => {
    // An effect is a commit too: it would have an effect of its own, and so on for ever.
    if (!settings.SOURCES.includes(event.source)) return { as: "done" };
    const identity = identityOf(event);
    // One write to a file opened for appending: lines of many processes do not meet.
    appendFileSync(
      settings.LINES,
      `${JSON.stringify({ subscriber, identity, attempt, pid: process.pid, traceparent: currentContext().traceparent })}\n`,
    );
    const fresh = settings.EFFECT_KEYS === "fresh";
    const name = fresh
      ? randomUUID()
      : createHash("sha256").update(`${subscriber} ${identity}`).digest("hex");
    const writes = [{ put: { id: `Effect/${name}`, type: "Effect", body: { subscriber, identity } } }];
    const commit = { branch, message: "what a subscriber did", writes };
    try {
      if (fresh) await kernel.commit({ ...commit, key: name });
      else await commitEffect(kernel, { ...commit, subscriber, event });
    } catch (error) {
      return { as: "again", delayMs: AGAIN_MS, reason: String(error) };
    }
    return fresh && attempt === 1 ? { as: "again", delayMs: 0, reason: "once more" } : { as: "done" };
  };
}

const server = createServer((_request, response) => response.end());
await documents.refresh();
bindAll();
server.listen(settings.PORT, settings.HOST);
process.once("SIGTERM", async () => {
  server.close();
  await documents.close();
  await Promise.all([...bound.values()].map(({ subscription }) => subscription.stop()));
  await broker.close();
  kernel.close();
});
