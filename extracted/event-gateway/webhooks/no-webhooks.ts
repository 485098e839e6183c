import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Webhooks } from "./port.ts";

/** Of a gateway that cannot sign. */
export function noWebhooks(): Webhooks {
  const refuse = async (): Promise<never> => {
    throw new ServiceError(
      "FAILED_PRECONDITION",
      "this gateway has no WEBHOOK_SIGNING_KEY, and so no webhooks",
    );
  };
  return {
    put: refuse,
    get: refuse,
    list: async () => [],
    delete: refuse,
    pause: refuse,
    resume: refuse,
    replay: refuse,
    rotate: refuse,
    deliveries: refuse,
  };
}
