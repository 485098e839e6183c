import { randomBytes } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import { invalid, notFound, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { AddressRules } from "@oms/chassis/http/address.ts";
import type { Doc } from "@oms/data-kernel/client.ts";
import type { Broker } from "@oms/events/broker/broker.ts";
import type { Beginning } from "@oms/events/broker/consumer.ts";
import { lagOf } from "@oms/events/broker/lag.ts";
import { asked } from "@oms/events/broker/refusals.ts";
import type { EventDocuments } from "@oms/events/documents.ts";
import { lastSequenceOf } from "../subscribe/last-sequence.ts";
import { valid, validPage } from "../valid.ts";
import type { DeliveryLog } from "./delivery-log.ts";
import type { Breakers, FanOut } from "./fan-out.ts";
import type { ReplayRequest, WebhookStatus, Webhooks } from "./port.ts";
import type { SecretOf } from "./signing.ts";
import { consumerOf, publicOf, type StoredWebhook } from "./stored.ts";
import { refuseForbidden } from "./target.ts";
import { webhookInput } from "./webhook.ts";

export type WebhooksParts = {
  readonly broker: Broker;
  readonly env: string;
  readonly documents: EventDocuments<StoredWebhook>;
  readonly fanOut: FanOut;
  readonly log: DeliveryLog;
  readonly secretOf: SecretOf;
  readonly rules: AddressRules;
  readonly requireDomain: (domain: string) => Promise<void>;
};

const DAY_MS = 24 * 3600 * 1000;
const MOST_TRIES = 10;

/** The kernel has what endpoints there are; whichever gateway sends follows it. */
export function createWebhooks(parts: WebhooksParts): Webhooks {
  const { documents, fanOut, log, secretOf, rules } = parts;
  const change = async (id: string, to: (known: StoredWebhook) => StoredWebhook) => {
    const changed = await changeDocument(documents, id, to);
    fanOut.look();
    return changed;
  };
  return {
    async put(input) {
      const wanted = valid(webhookInput, input);
      await refuseForbidden(wanted.url, rules);
      await parts.requireDomain(wanted.domain);
      const known = await documents.get(wanted.id);
      if (known && known.body.domain !== wanted.domain) throw moved(known.body.domain);
      const begun = known?.body ?? (await newcomer(parts, wanted.domain));
      const { body } = await documents.put(wanted.id, { ...begun, ...wanted }, known?.revision ?? "");
      fanOut.look();
      return { webhook: publicOf(body), ...(!known && { secret: secretOf(body.id, body.generation) }) };
    },
    async get({ id }) {
      const { body } = await found(documents, id);
      return statusOf(parts, body, await fanOut.breakers());
    },
    async list() {
      const [all, breakers] = await Promise.all([documents.list(), fanOut.breakers()]);
      return Promise.all(all.map(({ body }) => statusOf(parts, body, breakers)));
    },
    async delete({ id }) {
      const known = await documents.get(id);
      await documents.delete(id);
      fanOut.look();
      // Its consumer is swept away by whoever sends, who may still have it.
      if (known && !currentContext().shadow) await log.forget(id).catch(() => undefined);
    },
    pause: async ({ id }) => publicOf(await change(id, (known) => ({ ...known, paused: true }))),
    resume: async ({ id }) =>
      publicOf(await change(id, ({ pausedBecause: _, ...known }) => ({ ...known, paused: false }))),
    async replay(request) {
      const from = beginningIn(request);
      const { body } = await found(documents, request.id);
      if ("sequence" in from) await refuseBehindEnd(parts, body.domain, from.sequence);
      const start = newStart();
      return publicOf(await change(request.id, (known) => ({ ...known, from, start })));
    },
    async rotate({ id }) {
      const nowMs = Date.now();
      const { generation } = await change(id, (known) => ({
        ...known,
        generation: Math.max(nowMs, known.generation + 1),
        previous: { generation: known.generation, untilMs: nowMs + DAY_MS },
      }));
      return { secret: secretOf(id, generation) };
    },
    async deliveries({ id, ...page }) {
      await found(documents, id);
      const { pageSize, pageToken } = validPage(page);
      return log.page(id, pageSize, pageToken);
    },
  };
}

/** What comes from now on. UNAVAILABLE while NATS, which alone knows where that is, is away. */
async function newcomer({ broker }: WebhooksParts, domain: string) {
  const last = await asked(() => lastSequenceOf(broker, domain));
  return {
    paused: false,
    generation: Date.now(),
    start: newStart(),
    from: { sequence: last + 1 },
  };
}

/** What is not there yet is not to be replayed: a consumer that begins there would take the stream for another. */
async function refuseBehindEnd({ broker }: WebhooksParts, domain: string, sequence: number): Promise<void> {
  const last = await asked(() => lastSequenceOf(broker, domain));
  if (sequence > last + 1)
    throw invalid("sequence", `must be at most ${last + 1}: there is nothing behind it`);
}

const newStart = () => randomBytes(6).toString("hex");

async function statusOf(
  { broker, env }: WebhooksParts,
  webhook: StoredWebhook,
  breakers: Breakers,
): Promise<WebhookStatus> {
  const lag = broker.isUp ? await lagOf(broker, env, consumerOf(webhook)).catch(() => undefined) : undefined;
  return {
    webhook: publicOf(webhook),
    ...(lag && { pending: lag.pending + lag.unsettled }),
    breaker: breakers[webhook.id] ?? "closed",
  };
}

async function found(documents: EventDocuments<StoredWebhook>, id: string): Promise<Doc<StoredWebhook>> {
  const document = await documents.get(id);
  if (!document) throw notFound("id", `there is no webhook ${id.slice(0, 60)}`);
  return document;
}

/** Once more where somebody else was faster: what is asked for holds whatever the rest is. */
async function changeDocument(
  documents: EventDocuments<StoredWebhook>,
  id: string,
  to: (known: StoredWebhook) => StoredWebhook,
): Promise<StoredWebhook> {
  for (let tries = 1; ; tries += 1) {
    const { body, revision } = await found(documents, id);
    try {
      return (await documents.put(id, to(body), revision)).body;
    } catch (error) {
      const isOvertaken = error instanceof ServiceError && error.code === "ABORTED";
      if (!isOvertaken || tries === MOST_TRIES) throw error;
    }
  }
}

function beginningIn({ timeMs, sequence }: ReplayRequest): Beginning {
  if (timeMs !== undefined && sequence !== undefined)
    throw invalid("sequence", "must not stand beside timeMs");
  if (timeMs !== undefined) return { timeMs: wholeIn("timeMs", timeMs, MOST_TIME_MS) };
  if (sequence !== undefined) return { sequence: wholeIn("sequence", sequence, Number.MAX_SAFE_INTEGER) };
  throw invalid("timeMs", "or sequence must say from where");
}

/** The last that Date knows. */
const MOST_TIME_MS = 8_640_000_000_000_000;

function wholeIn(field: string, value: unknown, most: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(field, "must be a whole number that is not negative");
}

function moved(from: string): ServiceError {
  const message = `is ${from} for as long as the webhook is there`;
  return new ServiceError("FAILED_PRECONDITION", `domain ${message}`, [{ field: "domain", message }]);
}
