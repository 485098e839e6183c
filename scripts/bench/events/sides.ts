import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../root.ts";
import { readSettings } from "../../settings.ts";
import { setUp } from "../../setup/set-up.ts";
import { type EchoClient, openEcho } from "../echo/client.ts";
import { startMeasured } from "../measured-process.ts";
import { startNats } from "../nats.ts";
import { type GatewayClient, openGatewayClient } from "./gateway.ts";
import { ENV } from "./messages.ts";
import { openRaw, type RawClient } from "./raw.ts";

export type Sides = {
  readonly gateway: GatewayClient;
  readonly echo: EchoClient;
  readonly raw: RawClient;
  readonly close: () => Promise<void>;
};

export async function openSides(progress: (text: string) => void): Promise<Sides> {
  await using opening = new AsyncDisposableStack();
  const servers = await setUp(readSettings(process.env, ROOT), progress);
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
  const gateway = await start("extracted/event-gateway/main.ts", {
    KERNEL_URL: kernel.address,
    NATS_URL: nats.url,
    QUEUE_DIR: join(data, "queue"),
  });
  const echo = openEcho((await start("scripts/bench/events/peer.ts", {})).address);
  opening.defer(() => echo.close());
  const sides = {
    gateway: openGatewayClient(opening, gateway.address),
    echo,
    raw: await openRaw(opening, nats.url),
  };
  const opened = opening.move();
  return { ...sides, close: () => opened.disposeAsync() };
}
