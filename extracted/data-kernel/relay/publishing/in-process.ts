import { currentContext } from "@oms/chassis/context/context.ts";
import { isAnswer } from "@oms/chassis/errors/service-error.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { CommitsLog } from "@oms/events/broker/commits.ts";
import { commitMessageOf, sentOf } from "@oms/events/commit-message.ts";
import type { Publisher } from "@oms/events/port.ts";
import { createPublisher, type PublisherOptions } from "@oms/events/publish.ts";
import { refusalOf } from "@oms/events/refusal.ts";
import type { CommitsToPublish, PublishedCommits, RelayEvents } from "./port.ts";
import { rejectUntaken } from "./untaken.ts";

/** What lies in the outbox was held to its schema before it got there. */
const HELD: PublisherOptions["schemas"] = { check: async () => undefined };

/** JetStream, asked from this process. */
export function jetStreamEvents(broker: Broker): RelayEvents {
  const log = new CommitsLog(broker);
  const publishers = new Map<string, Publisher>();
  const publisherOf = (env: string) => {
    const known = publishers.get(env);
    if (known) return known;
    const send: PublisherOptions["send"] = async (envelope) => {
      return { outcome: "stored", ...(await broker.publish(envelope)) };
    };
    const requireStream = (subject: string) => broker.requireStream(subject);
    const made = createPublisher({ env, send, schemas: HELD, requireStream });
    publishers.set(env, made);
    return made;
  };
  return {
    publishCommits: (request) => publishCommits(log, request),
    tail: ({ subject }) => log.tail(subject),
    async publishOutgoing({ env, events }) {
      return { results: rejectUntaken(await publisherOf(env).publishBatch(events)) };
    },
  };
}

async function publishCommits(log: CommitsLog, request: CommitsToPublish): Promise<PublishedCommits> {
  const { shadow, evidence } = currentContext();
  const messages = request.messages.map((message, n) => commitMessageOf(message, `messages[${n}].`));
  const shown = { ...((shadow || evidence) && { envelopes: messages.map(sentOf) }) };
  if (shadow) return { sequences: [], ...shown };
  const { sequences, refusal } = await log.append(messages, request.lastSequence);
  if (refusal && sequences.length === 0 && !isAnswer(refusal)) throw refusal;
  return { sequences, ...(refusal && { refusal: refusalOf(refusal) }), ...shown };
}
