import { headers } from "@nats-io/transport-node";
import { CONTENT_TYPE } from "../envelope.ts";
import type { Broker } from "./broker.ts";
import type { Brought } from "./brought.ts";
import { ATTEMPTS, ORIGIN_SEQUENCE, ORIGIN_STREAM, REASON } from "./headers.ts";
import { asked } from "./refusals.ts";

export type Death = {
  readonly env: string;
  readonly subscriber: string;
  /** Where the message stands. */
  readonly stream: string;
  readonly reason: string;
  readonly attempts: number;
};

const MOST_REASON = 500;

/** Stores what a subscriber was given too often, once. Rejects while nobody takes it: it comes again then. */
export async function bury(broker: Broker, message: Brought, death: Death): Promise<void> {
  const { env, subscriber, stream, reason, attempts } = death;
  const { client } = await broker.connected();
  const { sequence } = message;
  const made = headers();
  made.set("content-type", CONTENT_TYPE);
  made.set(REASON, plain(reason));
  made.set(ATTEMPTS, `${attempts}`);
  made.set(ORIGIN_STREAM, message.header(ORIGIN_STREAM) || stream);
  made.set(ORIGIN_SEQUENCE, message.header(ORIGIN_SEQUENCE) || `${sequence}`);
  await asked(() =>
    client.publish(`${env}.dead.${subscriber}`, message.data, {
      // One that died, was replayed and died again has died twice.
      msgID: `${subscriber} ${stream} ${sequence}`,
      headers: made,
      timeout: broker.publishMs,
    }),
  );
}

/** Fit for a header: in no more than one line. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").slice(0, MOST_REASON);
}
