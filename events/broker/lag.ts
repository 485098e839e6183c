import type { Broker } from "./broker.ts";
import { consumerInfo, deleteConsumer, publishedPlan, replayedPlan } from "./consumer.ts";
import { asked } from "./refusals.ts";

/** How far a subscriber is behind: not delivered yet; delivered and not settled; delivered more than once. */
export type Lag = { readonly pending: number; readonly unsettled: number; readonly redelivered: number };

/** `durable` where the consumer has another name than the subscriber. */
type Named = { readonly name: string; readonly domain: string; readonly durable?: string };

/** All 0 for a subscriber that never was bound. UNAVAILABLE while NATS is away. */
export async function lagOf(broker: Broker, env: string, subscriber: Named): Promise<Lag> {
  const { manager } = await broker.connected();
  const infos = await Promise.all(
    plansOf(env, subscriber).map(({ stream, name }) => asked(() => consumerInfo(manager, stream, name))),
  );
  let lag: Lag = { pending: 0, unsettled: 0, redelivered: 0 };
  for (const info of infos) {
    if (!info) continue;
    lag = {
      pending: lag.pending + info.num_pending,
      unsettled: lag.unsettled + info.num_ack_pending,
      redelivered: lag.redelivered + info.num_redelivered,
    };
  }
  return lag;
}

/** Forgets how far it has come: bound again, it begins anew. UNAVAILABLE while NATS is away. */
export async function forgetDurable(broker: Broker, env: string, subscriber: Named): Promise<void> {
  const { manager } = await broker.connected();
  for (const { stream, name } of plansOf(env, subscriber))
    await asked(() => deleteConsumer(manager, stream, name));
}

function plansOf(env: string, { name, domain, durable = name }: Named) {
  const plan = { env, subscriber: { name, domain, ordered: false, ackWaitMs: 0 }, durable };
  return [publishedPlan(plan), replayedPlan(plan)];
}
