import { join } from "node:path";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { Broker } from "@oms/events/broker/broker.ts";
import { strangle } from "@oms/proxy/strangle.ts";
import { createStrangler, type StranglerOptions } from "@oms/proxy/strangler.ts";
import type { KernelConfig } from "../../config.ts";
import { OWN_SERVICE } from "../../own.ts";
import { GatewayStub } from "./gateway-stub.ts";
import { host } from "./host.ts";
import { jetStreamEvents } from "./in-process.ts";
import { migrationOf } from "./migration.ts";
import type { RelayEvents } from "./port.ts";

export type OpenEvents = { readonly events: RelayEvents; readonly stop: () => Promise<void> };

/**
 * Publishing as the flag `oms.events` says. Nobody is waited for: until flags are known JetStream publishes, and nothing
 * is connected before the first call.
 */
export function openEvents(config: KernelConfig, log: Logger): OpenEvents {
  const { NATS_URL, EVENT_GATEWAY_URL, OMS_BUILD } = config;
  const broker = NATS_URL === undefined ? undefined : openBroker(NATS_URL, config, log);
  const stub = EVENT_GATEWAY_URL === undefined ? undefined : new GatewayStub(EVENT_GATEWAY_URL);
  const strangler = createStrangler(host);
  const events = strangle(
    migrationOf({
      inProcess: async () => (broker ? jetStreamEvents(broker) : absent("NATS_URL")),
      extracted: async () => stub ?? absent("EVENT_GATEWAY_URL"),
      builds: () => ({ inProcess: OMS_BUILD, extracted: stub?.build() ?? "unknown" }),
    }),
    strangler,
  );
  const started = strangler.start(settingsOf(config, log));
  return {
    events,
    async stop() {
      await started.catch(() => undefined);
      await strangler.stop();
      stub?.close();
      await broker?.close();
    },
  };
}

function openBroker(urls: string, config: KernelConfig, log: Logger): Broker {
  const { EVENT_STREAM_REPLICAS: replicas, EVENT_DUPLICATE_WINDOW_MS: duplicateWindowMs } = config;
  return Broker.open({ urls, name: "data-kernel relay", log, streams: { replicas, duplicateWindowMs } });
}

/** A side that nobody said where to find. */
function absent(setting: string): RelayEvents {
  const refuse = async () => {
    throw new ServiceError("UNAVAILABLE", `${setting} is not set`);
  };
  return { publishCommits: refuse, tail: refuse, publishOutgoing: refuse };
}

function settingsOf(config: KernelConfig, log: Logger): StranglerOptions {
  const { UNLEASH_URL: url, REDIS_URL, USE_EVENT_GATEWAY } = config;
  const flags = {
    token: config.UNLEASH_CLIENT_TOKEN,
    appName: OWN_SERVICE,
    environment: config.UNLEASH_ENVIRONMENT,
    refreshMs: config.UNLEASH_REFRESH_MS,
    prefix: config.FLAG_PREFIX,
    backupDir: join(config.DATA_DIR, "flags"),
  };
  return {
    ...(url !== undefined && { flags: { url, ...flags } }),
    ...(REDIS_URL !== undefined && { redis: { url: REDIS_URL, keyPrefix: config.KEY_PREFIX } }),
    overrides: { events: USE_EVENT_GATEWAY },
    log,
  };
}
