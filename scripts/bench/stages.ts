import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StranglerOptions } from "@oms/proxy/strangler.ts";

/** By capability: the weight of each variant, in thousandths. */
export type Weights = Readonly<Record<string, Readonly<Record<string, number>>>>;

export type Stages = AsyncDisposable & { readonly options: StranglerOptions };

const HOST = "127.0.0.1";

/**
 * What a strangler is started with to have its capabilities in these stages. The flags come from a server that
 * answers as Unleash does: what a call costs is the work of Unleash's client, which is the real one.
 */
export async function serveStages(weights: Weights): Promise<Stages> {
  const features = Object.entries(weights).map(([capability, variants]) => feature(capability, variants));
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ version: 2, features }));
  });
  server.listen(0, HOST);
  await once(server, "listening");
  const backupDir = await mkdtemp(join(tmpdir(), "bench-"));
  const { port } = server.address() as AddressInfo;
  return {
    options: {
      flags: {
        url: `http://${HOST}:${port}`,
        token: "none",
        appName: "bench",
        environment: "development",
        refreshMs: 60_000,
        backupDir,
        prefix: "",
      },
      overrides: {},
      log: { info() {}, warn() {} },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(backupDir, { recursive: true });
    },
  };
}

/** One strategy for everyone, its variants stuck to the author, as flags/ defines them. */
function feature(capability: string, weights: Readonly<Record<string, number>>) {
  const variants = Object.entries(weights).map(([name, weight]) => {
    return { name, weight, weightType: "fix", stickiness: "author" };
  });
  const parameters = { rollout: "100", stickiness: "author", groupId: capability };
  return {
    name: `oms.${capability}`,
    type: "release",
    enabled: true,
    stale: false,
    impressionData: false,
    project: "default",
    strategies: [{ name: "flexibleRollout", constraints: [], parameters, variants }],
    variants: [],
  };
}
