import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Following } from "@oms/events/delivery.ts";
import { deliveryOf } from "./event-gateway-settling.ts";
import { type Client, GatewayStream } from "./event-gateway-stream.ts";

/** Events that may be on their way; half of them are given again at a time. */
const CREDIT = 256;

export type Look = {
  readonly client: Client;
  readonly domain: string;
  readonly on: Following;
  /** Behind which sequence the next stream begins; undefined: from now on. Kept from one stream to the next. */
  readonly place: { after?: number | undefined };
  readonly stop: AbortSignal;
};

/** Looks at a domain until the stream is lost or it is stopped. */
export async function follow({ client, domain, on, place, stop }: Look): Promise<{ stood: boolean }> {
  const stream = new GatewayStream(client, {
    follow: { domain, afterSequence: place.after ?? 0 },
    credit: CREDIT,
  });
  const ended = () => stream.end();
  stop.addEventListener("abort", ended, { once: true });
  if (stop.aborted) ended();
  let stood = false;
  let taken = 0;
  try {
    await stream.run({
      bound: (after) => {
        stood = true;
        // Nobody goes on behind the beginning of an empty stream: it began again from now on.
        if (place.after === 0) on.gap();
        place.after ||= after;
        on.stands(true);
      },
      delivery: (message) => {
        place.after = message.sequence;
        const delivery = deliveryOf(message);
        if (delivery && !stop.aborted) on.event(delivery);
        if (++taken % (CREDIT / 2) === 0) stream.send({ message: { $case: "credit", value: CREDIT / 2 } });
      },
    });
  } catch (error) {
    if (!isMissed(error)) throw error;
    place.after = undefined;
    on.gap();
  } finally {
    stop.removeEventListener("abort", ended);
    on.stands(false);
  }
  return { stood };
}

/** What came next is no longer in the stream: the look begins again, from now on. */
function isMissed(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "FAILED_PRECONDITION" &&
    error.violations.some(({ field }) => field === "afterSequence")
  );
}
