import type {
  UnifiedPublisher,
  UnifiedPublisherSettings,
} from "@oms/event-publisher-in-process/unified-publisher.ts";
import type { Publisher } from "@oms/events/port.ts";
import { EventSchemas } from "@oms/events/schemas.ts";
import { unattended } from "../../unattended.ts";
import type { PublishMetrics } from "./metrics.ts";

export type Settings = Omit<UnifiedPublisherSettings, "acknowledged"> & {
  readonly build: string;
  /** `host:port` of the event gateway's gRPC. */
  readonly gatewayAddress: string;
  readonly metrics?: PublishMetrics;
};

let settings: Settings | undefined;
let module: Promise<UnifiedPublisher> | undefined;
let known: EventSchemas | undefined;
let buildOfClient = () => "unknown";

/** Says where the two sides find what they need; main does so once, before the first call. Does no I/O. */
export function configureEvents(given: Settings): void {
  settings = given;
}

/** Loads the module into this process; connects on the first publish. */
export function inProcess(): Promise<Publisher> {
  module ??= openModule().catch((error: unknown) => {
    module = undefined;
    throw error;
  });
  return module;
}

async function openModule(): Promise<UnifiedPublisher> {
  const { UnifiedPublisher } = await import("@oms/event-publisher-in-process/unified-publisher.ts");
  // The call that comes first may be a shadow call, or have little time left; the module is everyone's.
  const { metrics, ...place } = configured();
  const acknowledged = metrics?.acknowledged ?? (() => {});
  return unattended("main", async () => new UnifiedPublisher({ ...place, acknowledged }));
}

/** For what neither side has judged. */
export function schemas(): EventSchemas {
  known ??= new EventSchemas(configured());
  return known;
}

/** Leaves NATS, and looks no more at schemas. */
export async function stopInProcess(): Promise<void> {
  await known?.close();
  known = undefined;
  // What could not be opened need not be stopped.
  await (await module?.catch(() => undefined))?.close();
  module = undefined;
}

/** The gateway behind its client; connects on the first call. */
export async function extracted(): Promise<Publisher> {
  const { EventGatewayClient } = await import("../../sdk/event-gateway-client.ts");
  const client = new EventGatewayClient({ address: configured().gatewayAddress });
  buildOfClient = () => client.build();
  return client;
}

/** The builds that answer now; the gateway's is known once it has answered. */
export function builds(): { inProcess: string; extracted: string } {
  return { inProcess: configured().build, extracted: buildOfClient() };
}

/** As given before the first call. */
export function configured(): Settings {
  if (!settings) throw new Error("configureEvents was not called before the first call");
  return settings;
}
