import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Outcome } from "@oms/protos/oms/events/v1/events.ts";
import { ROOT } from "../../root.ts";
import { readSettings } from "../../settings.ts";
import { setUp } from "../../setup/set-up.ts";
import { type EchoClient, openEcho } from "../echo/client.ts";
import { startMeasured } from "../measured-process.ts";
import { type Nats, startNats } from "../nats.ts";
import { type Dying, startDying } from "./dying.ts";
import { type GatewayClient, openGatewayClient } from "./gateway.ts";
import { ENV } from "./messages.ts";
import { openRaw, type RawClient } from "./raw.ts";

export const GATEWAY = "gateway";
export const RAW = "bare parts";

export type Measure = (side: string, random: () => number) => Promise<Readonly<Record<string, number>>>;

export type Sides = {
  readonly gateway: GatewayClient;
  readonly gatewayAddress: string;
  readonly echo: EchoClient;
  readonly raw: RawClient;
  /** A gateway whose NATS goes away. */
  readonly queueing: { readonly nats: Nats; readonly gateway: GatewayClient };
  readonly startDying: () => Promise<Dying>;
  /** For a gateway with webhooks, which may lead to this machine. */
  readonly sendingEnv: Readonly<Record<string, string>>;
};

const GATEWAY_MAIN = "extracted/event-gateway/main.ts";

export async function openSides(
  opening: AsyncDisposableStack,
  progress: (text: string) => void,
): Promise<Sides> {
  const settings = readSettings(process.env, ROOT);
  const servers = await setUp(settings, progress);
  const data = await mkdtemp(join(tmpdir(), "bench-events-"));
  opening.defer(() => rm(data, { recursive: true }));
  const start = async (main: string, env: Readonly<Record<string, string>>) => {
    const started = await startMeasured([main], { OMS_ENV: ENV, ...env });
    opening.defer(started.stop);
    return started;
  };
  const kernel = await start("extracted/data-kernel/main.ts", {
    DATA_DIR: join(data, "kernel"),
    NATS_URL: "",
  });
  const nats = await startNats(opening, servers);
  const leaving = await startNats(opening, servers);
  const envOf = (url: string, queue: string) => ({
    KERNEL_URL: kernel.address,
    NATS_URL: url,
    QUEUE_DIR: join(data, queue),
  });
  const gateway = await start(GATEWAY_MAIN, envOf(nats.url, "queue"));
  const queueing = await start(GATEWAY_MAIN, envOf(leaving.url, "long-queue"));
  const echo = openEcho((await start("scripts/bench/events/peer.ts", {})).address);
  opening.defer(() => echo.close());
  return {
    gateway: openGatewayClient(opening, gateway.address),
    gatewayAddress: gateway.address,
    echo,
    raw: await openRaw(opening, nats.url),
    queueing: {
      nats: leaving,
      gateway: openGatewayClient(opening, queueing.address, Outcome.OUTCOME_QUEUED),
    },
    sendingEnv: {
      OMS_ENV: ENV,
      ...envOf(leaving.url, "sending-queue"),
      WEBHOOK_SIGNING_KEY: "a key of the bench that signs for nobody else",
      WEBHOOK_ALLOW: "127.0.0.1",
    },
    startDying: () =>
      startDying({
        OMS_ENV: ENV,
        ...envOf(nats.url, "dying-queue"),
        DATA_DIR: join(data, "oms"),
        EMBEDDING_MODEL_DIR: settings.modelDirectory,
      }),
  };
}
