import type { Beginning } from "@oms/events/broker/consumer.ts";
import type { Webhook } from "./webhook.ts";

/** The document `Webhook/<id>` on the branch of events. */
export type StoredWebhook = Webhook & {
  /** Of the secret it is signed with now: when that began, in Unix milliseconds. Rises, and is another one's never again. */
  readonly generation: number;
  /** The secret before it signs too, until then. */
  readonly previous?: { readonly generation: number; readonly untilMs: number } | undefined;
  /** Part of its consumer's name: every replay, and an endpoint that is made anew, has another consumer. */
  readonly start: string;
  /** Where that consumer begins. */
  readonly from: Beginning;
};

/** Under which it has dead letters, and what is replayed to it. */
function subscriberOf({ id }: Pick<StoredWebhook, "id">): string {
  return `webhook-${id}`;
}

/** No id has a `_` in it, so that no two endpoints have one consumer. */
export function consumerOf(webhook: Pick<StoredWebhook, "id" | "start" | "domain">) {
  const name = subscriberOf(webhook);
  return { name, domain: webhook.domain, durable: `${name}_${webhook.start}` };
}

/** What everybody may know of it. */
export function publicOf(stored: StoredWebhook): Webhook {
  const { generation: _, previous: __, start: ___, from: ____, ...webhook } = stored;
  return webhook;
}
