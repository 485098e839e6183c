import type { AddressRules } from "@oms/chassis/http/address.ts";
import { ForbiddenAddress, post } from "@oms/chassis/http/post.ts";
import type { Event } from "@oms/events/event.ts";
import { retryAfterMs } from "./retry.ts";
import { type SecretOf, signedHeaders } from "./signing.ts";
import type { StoredWebhook } from "./stored.ts";
import { permittedFor } from "./target.ts";

/** What one attempt came to. */
export type Tried = {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly durationMs: number;
  /** Of the answer; 0: there was none. */
  readonly status: number;
  /** Empty when it was delivered. */
  readonly error: string;
  /** What the endpoint asks for. */
  readonly retryAfterMs?: number | undefined;
};

export type Sending = {
  readonly webhook: StoredWebhook;
  readonly secretOf: SecretOf;
  readonly rules: AddressRules;
};

/** Posts an event once, signed, in the structured mode of CloudEvents. Never rejects. */
export async function attempt(
  { webhook, secretOf, rules }: Sending,
  event: Event,
  signal: AbortSignal,
): Promise<Tried> {
  const now = new Date();
  const startMs = performance.now();
  const ended = () => ({ atMs: now.getTime(), durationMs: Math.round(performance.now() - startMs) });
  const url = new URL(webhook.url);
  const body = JSON.stringify(event);
  try {
    const { status, headers } = await post({
      url,
      headers: signedHeaders(secretOf, webhook, { event, body, now }),
      body,
      timeoutMs: webhook.timeoutMs,
      signal,
      permits: permittedFor(url, rules),
    });
    if (status >= 200 && status < 300) return { ...ended(), status, error: "" };
    const error = `was answered with ${status}`;
    return { ...ended(), status, error, retryAfterMs: retryAfterMs(headers["retry-after"], Date.now()) };
  } catch (error) {
    return { ...ended(), status: 0, error: reasonOf(error) };
  }
}

/** What whoever looks after the endpoint may read: no address that its name stands for. */
function reasonOf(error: unknown): string {
  if (error instanceof ForbiddenAddress) return error.message;
  if (!(error instanceof Error)) return "no answer";
  if (/^no (answer|connection) within \d+ ms$/.test(error.message)) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? "no answer" : `no answer: ${code}`;
}
