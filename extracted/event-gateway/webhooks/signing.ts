import { createHash, createHmac } from "node:crypto";
import { CONTENT_TYPE } from "@oms/events/envelope.ts";
import { type Event, identityOf } from "@oms/events/event.ts";
import { Webhook as Signer } from "standardwebhooks";
import type { StoredWebhook } from "./stored.ts";

/** The secret of an endpoint, as Standard Webhooks spells it: `whsec_` and base64. */
export type SecretOf = (id: string, generation: number) => string;

/** Secrets that are derived, and stored nowhere. */
export function secretsFrom(key: string): SecretOf {
  return (id, generation) =>
    `whsec_${createHmac("sha256", key).update(`${id}/${generation}`).digest("base64")}`;
}

/** Fit for a header; the full stop parts what is signed. */
const FIT = /^[\x20-\x2d\x2f-\x7e]{1,200}$/;

/** `webhook-id`: the same at every attempt, so that an endpoint knows an event again. */
function messageIdOf(event: Event): string {
  const identity = identityOf(event);
  return FIT.test(identity) ? identity : createHash("sha256").update(identity).digest("hex");
}

/** The headers of one attempt by Standard Webhooks; while a secret has just been rotated, with both signatures. */
export function signedHeaders(
  secretOf: SecretOf,
  { id, generation, previous }: Pick<StoredWebhook, "id" | "generation" | "previous">,
  { event, body, now }: { readonly event: Event; readonly body: string; readonly now: Date },
): Readonly<Record<string, string>> {
  const messageId = messageIdOf(event);
  const generations = [generation];
  if (previous && now.getTime() < previous.untilMs) generations.push(previous.generation);
  const signatures = generations.map((each) => new Signer(secretOf(id, each)).sign(messageId, now, body));
  return {
    "content-type": CONTENT_TYPE,
    "webhook-id": messageId,
    "webhook-timestamp": `${Math.floor(now.getTime() / 1000)}`,
    "webhook-signature": signatures.join(" "),
  };
}
