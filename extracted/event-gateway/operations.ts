import { connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import { CommitsLog } from "@oms/events/broker/commits.ts";
import { DeadLetters } from "@oms/events/broker/dead-letters.ts";
import { EventDocuments } from "@oms/events/documents.ts";
import { STREAM } from "@oms/events/names.ts";
import { createPublisher } from "@oms/events/publish.ts";
import { EventSchemas } from "@oms/events/schemas.ts";
import type { StreamDefinition } from "@oms/events/streams.ts";
import { subscriberDocuments } from "@oms/events/subscribers.ts";
import { createCommits } from "./commits.ts";
import { createDeadLetters } from "./management/dead-letters.ts";
import { createQueue } from "./management/queue.ts";
import { createSchemas } from "./management/schemas.ts";
import { createStreams, domainRule, keepStreams } from "./management/streams.ts";
import { createSubscribers } from "./management/subscribers.ts";
import { createGatewayMetrics, type GatewayMetrics } from "./metrics.ts";
import type { Management, Operations } from "./port.ts";
import type { Process } from "./process.ts";
import { Sender } from "./sender.ts";
import { Subscriptions } from "./subscribe/subscriptions.ts";
import { openWebhooks } from "./webhooks/open.ts";
import type { Webhooks } from "./webhooks/port.ts";

/** What all operations are over. */
type Ground = {
  readonly env: string;
  readonly kernel: Kernel;
  readonly broker: Broker;
  readonly schemas: EventSchemas;
  readonly sender: Sender;
  readonly definitions: EventDocuments<StreamDefinition>;
  readonly webhooks: Webhooks;
};

/** The operations over NATS and the kernel, neither of which has to be there. */
export async function openOperations(process: Process): Promise<Operations> {
  const measures = createGatewayMetrics(process.metrics);
  const ground = await openGround(process, measures);
  const { env, broker, schemas, sender, webhooks } = ground;
  const management = manage(ground, process);
  const { subscribers, streams } = management;
  const subscriptions = new Subscriptions({
    broker,
    env,
    find: subscribers.find,
    requireDomain: streams.require,
  });
  measures.watch({ streams: () => subscriptions.count, subscribers: subscribers.list });
  const publisher = createPublisher({
    env,
    send: measures.timed((envelope) => sender.send(envelope)),
    schemas,
    requireStream: (subject) => broker.requireStream(subject),
  });
  return {
    ...management,
    publisher,
    commits: createCommits(new CommitsLog(broker)),
    subscriptions,
    webhooks,
  };
}

async function openGround(process: Process, { observe }: GatewayMetrics): Promise<Ground> {
  const { config, logger, metrics, readiness, opened } = process;
  const env = config.OMS_ENV;
  const kernel = connectKernel({ address: config.KERNEL_URL, token: config.KERNEL_TOKEN });
  opened.push(() => kernel.close());
  const broker = Broker.open({
    urls: config.NATS_URL,
    name: "event-gateway",
    streams: {
      replicas: config.EVENT_STREAM_REPLICAS,
      duplicateWindowMs: config.EVENT_DUPLICATE_WINDOW_MS,
    },
    log: logger,
    publishMs: config.PUBLISH_MS,
    observe,
  });
  opened.push(() => broker.close());
  // Connects before the first event comes; that NATS is away its log says.
  broker.ready().catch(() => undefined);
  const schemas = new EventSchemas({ kernel, env, log: logger });
  opened.push(() => schemas.close());
  const sender = await Sender.open({
    broker,
    dir: config.QUEUE_DIR,
    maxBytes: config.QUEUE_MAX_BYTES,
    log: logger,
    registry: metrics.registry,
  });
  opened.push(() => sender.close());
  // The kernel alone: while NATS is away events are queued, and there is nobody better to send them to.
  readiness.add("kernel", () => kernel.ready());
  readiness.add("queue", () => sender.check());
  const definitions = new EventDocuments<StreamDefinition>({ kernel, env, type: STREAM });
  const webhooks = openWebhooks({ env, kernel, broker, requireDomain: domainRule(definitions) }, process);
  return { env, kernel, broker, schemas, sender, definitions, webhooks };
}

function manage(
  { env, kernel, broker, schemas, sender, definitions, webhooks }: Ground,
  { logger }: Process,
): Management {
  const documents = subscriberDocuments(kernel, env);
  keepStreams({ broker, documents: definitions }, logger);
  const streams = createStreams({
    broker,
    documents: definitions,
    async followersOf(domain) {
      const subscribers = (await documents.list()).filter(({ body }) => body.domain === domain);
      const endpoints = (await webhooks.list()).filter(({ webhook }) => webhook.domain === domain);
      return [
        ...subscribers.map(({ body }) => `the subscriber ${body.name}`),
        ...endpoints.map(({ webhook }) => `the webhook ${webhook.id}`),
      ];
    },
  });
  return {
    subscribers: createSubscribers({ broker, env, documents, requireDomain: streams.require }),
    schemas: createSchemas(schemas),
    streams,
    deadLetters: createDeadLetters(new DeadLetters(broker, env)),
    queue: createQueue(sender),
  };
}
