import { currentContext } from "@oms/chassis/context/context.ts";
import type { AddressRules } from "@oms/chassis/http/address.ts";
import { ForbiddenAddress, post } from "@oms/chassis/http/post.ts";
import { z } from "zod";
import type { Executor } from "../executor.ts";
import { FinalFailure } from "../failure.ts";

const MOST_MS = 60_000;
const RULE = `must be a whole number of milliseconds from 1 to ${MOST_MS}`;

const payload = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .max(2000)
    .refine((url) => !URL.parse(url)?.username && !URL.parse(url)?.password, "must not hold credentials"),
  body: z.json().default(null),
  /** How long an answer is waited for; the job's own timeout may be sooner. */
  timeoutMs: z.int(RULE).min(1, RULE).max(MOST_MS, RULE).default(10_000),
});

/** Asked again they may say something else; every other 4xx is about the request, which stays as it is. */
const PASSING = new Set([408, 409, 423, 425, 429]);

/**
 * Posts the payload's body as JSON, under the execution's id as `idempotency-key` and with the attempt's number as
 * `oms-attempt`. 2xx is done; 4xx and redirects are final but for those that pass; everything else is tried again.
 */
export function httpCallback(rules: AddressRules): Executor<z.infer<typeof payload>> {
  return {
    type: "http-callback",
    payload,
    async run({ id, attempt, payload: { url, body, timeoutMs } }, { signal }) {
      const headers = {
        "content-type": "application/json",
        "idempotency-key": id,
        "oms-attempt": String(attempt),
        traceparent: currentContext().traceparent,
      };
      const { permits } = rules;
      const asked = { url: new URL(url), headers, body: JSON.stringify(body), timeoutMs, signal, permits };
      const { status } = await post(asked).catch(refuse);
      if (status >= 200 && status < 300) return { status };
      const message = `was answered with ${status}`;
      if (status >= 500 || PASSING.has(status)) throw new Error(message);
      throw new FinalFailure("refused", message);
    },
  };
}

function refuse(error: unknown): never {
  throw error instanceof ForbiddenAddress ? new FinalFailure("refused", error.message) : error;
}
