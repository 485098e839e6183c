import { addressRules } from "@oms/chassis/http/address.ts";
import type { Kernel } from "@oms/data-kernel/client.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import { lagOf } from "@oms/events/broker/lag.ts";
import { EventDocuments } from "@oms/events/documents.ts";
import { WEBHOOK } from "@oms/events/names.ts";
import type { Process } from "../process.ts";
import { DeliveryLog } from "./delivery-log.ts";
import { FanOut } from "./fan-out.ts";
import { measureWebhooks } from "./metrics.ts";
import { noWebhooks } from "./no-webhooks.ts";
import type { Webhooks } from "./port.ts";
import { secretsFrom } from "./signing.ts";
import type { StoredWebhook } from "./stored.ts";
import { createWebhooks } from "./webhooks.ts";

export type WebhooksGround = {
  readonly env: string;
  readonly kernel: Kernel;
  readonly broker: Broker;
  readonly requireDomain: (domain: string) => Promise<void>;
};

/** Begins to send; without a key nothing is, and none can be put. Throws with WEBHOOK_ALLOW when that names no addresses. */
export function openWebhooks(ground: WebhooksGround, { config, logger, metrics, opened }: Process): Webhooks {
  const key = config.WEBHOOK_SIGNING_KEY;
  const rules = addressRules(config.WEBHOOK_ALLOW, "WEBHOOK_ALLOW");
  if (key === undefined) return noWebhooks();
  const { env, kernel, broker, requireDomain } = ground;
  const shared = { broker, env, log: new DeliveryLog(broker, env), secretOf: secretsFrom(key), rules };
  const documents = new EventDocuments<StoredWebhook>({ kernel, env, type: WEBHOOK });
  const measures = measureWebhooks(metrics.registry);
  const fanOut = new FanOut({
    ...shared,
    kernel,
    documents,
    logger,
    metrics: measures,
    retryMs: config.WEBHOOK_RETRY_MS,
    probeMs: config.WEBHOOK_PROBE_MS,
  });
  opened.push(() => fanOut.close());
  measures.watch({
    breakers: () => fanOut.endpoints.map(({ id, breaker }) => [id, breaker] as const),
    async pending() {
      if (!broker.isUp) return [];
      const lags = fanOut.endpoints.map(async ({ id, ...consumer }) => {
        const lag = await lagOf(broker, env, consumer).catch(() => undefined);
        return lag ? [[id, lag.pending + lag.unsettled] as const] : [];
      });
      return (await Promise.all(lags)).flat();
    },
  });
  return createWebhooks({ ...shared, documents, fanOut, requireDomain });
}
