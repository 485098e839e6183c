import {
  type EventGatewayServiceImplementation,
  Order,
  type ReplayWebhookRequest,
  type Webhook as WireWebhook,
} from "@oms/protos/oms/events/v1/events.ts";
import type { ReplayRequest, WebhookStatus, Webhooks } from "../webhooks/port.ts";
import type { Webhook, WebhookInput } from "../webhooks/webhook.ts";
import { pageOf } from "./page.ts";

type Webhooking = Pick<
  EventGatewayServiceImplementation,
  (`${string}Webhook${string}` | "listDeliveries") & keyof EventGatewayServiceImplementation
>;

/** Webhooks as oms.events.v1 spells them. */
export function grpcWebhooks(webhooks: Webhooks): Webhooking {
  return {
    async putWebhook({ webhook: asked }) {
      const { webhook, secret = "" } = await webhooks.put(webhookFromWire(asked));
      return { webhook: webhookToWire(webhook), secret };
    },
    getWebhook: async ({ id }) => ({ status: statusToWire(await webhooks.get({ id })) }),
    listWebhooks: async () => ({ webhooks: (await webhooks.list()).map(statusToWire) }),
    async deleteWebhook({ id }) {
      await webhooks.delete({ id });
      return {};
    },
    pauseWebhook: async ({ id }) => ({ webhook: webhookToWire(await webhooks.pause({ id })) }),
    resumeWebhook: async ({ id }) => ({ webhook: webhookToWire(await webhooks.resume({ id })) }),
    replayWebhook: async (request) => ({
      webhook: webhookToWire(await webhooks.replay(replayFromWire(request))),
    }),
    rotateWebhookSecret: ({ id }) => webhooks.rotate({ id }),
    async listDeliveries({ id, ...page }) {
      const { deliveries, nextPageToken = "" } = await webhooks.deliveries({ id, ...pageOf(page) });
      return { deliveries: [...deliveries], nextPageToken };
    },
  };
}

const ORDERS: Readonly<Record<Webhook["order"], Order>> = {
  none: Order.ORDER_NONE,
  key: Order.ORDER_KEY,
  all: Order.ORDER_ALL,
};

/** An unset order is absent; one that is not known is "", to be refused. */
function orderFromWire(order: Order): { order?: Webhook["order"] } {
  if (order === Order.ORDER_UNSPECIFIED) return {};
  const known = Object.entries(ORDERS).find(([, wire]) => wire === order)?.[0] ?? "";
  return { order: known as Webhook["order"] };
}

function webhookFromWire(wire: WireWebhook | undefined): WebhookInput {
  const { id = "", url = "", domain = "", types = [], order = Order.ORDER_UNSPECIFIED } = wire ?? {};
  const { timeoutMs = 0, maxAttempts = 0 } = wire ?? {};
  return {
    id,
    url,
    domain,
    types,
    ...orderFromWire(order),
    ...(timeoutMs !== 0 && { timeoutMs }),
    ...(maxAttempts !== 0 && { maxAttempts }),
  };
}

function webhookToWire({ order, pausedBecause = "", ...webhook }: Webhook) {
  return { ...webhook, order: ORDERS[order], pausedBecause };
}

function statusToWire({ webhook, ...status }: WebhookStatus) {
  return { webhook: webhookToWire(webhook), ...status };
}

function replayFromWire({ id, from }: ReplayWebhookRequest): ReplayRequest {
  return { id, ...(from && { [from.$case]: from.value }) };
}
