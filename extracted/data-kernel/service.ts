import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startGrpcServer } from "@oms/chassis/grpc-server.ts";
import { createHttpApp, listenHttp } from "@oms/chassis/http-server.ts";
import type { Logger } from "@oms/chassis/log.ts";
import { createMetrics } from "@oms/chassis/metrics.ts";
import { createReadiness } from "@oms/chassis/readiness.ts";
import { KernelServiceDefinition } from "@oms/protos/oms/kernel/v1/kernel.ts";
import type { Express } from "express";
import { admitAll, admitting } from "./callers.ts";
import type { KernelConfig } from "./config.ts";
import { startGovernance } from "./governance/start.ts";
import { kernelService } from "./grpc.ts";
import { branchAccess } from "./hooks/check-policy.ts";
import type { Policy } from "./hooks/policy.ts";
import { readHookSettings } from "./hooks/settings.ts";
import { Kernel } from "./kernel.ts";
import { MAX_HTTP_BYTES, MAX_MESSAGE_BYTES } from "./limits.ts";
import { OWN_SERVICE } from "./own.ts";
import { relayRoutes } from "./relay/rest.ts";
import { startRelay } from "./relay/start.ts";
import { kernelRoutes } from "./rest.ts";
import { REWRITES, Rewrites } from "./rewrite.ts";
import type { Store } from "./store/port.ts";
import { openStore } from "./store.ts";

export type RunningKernel = {
  readonly port: number;
  readonly grpcPort: number;
  /** Lets running calls finish, then closes the store. */
  readonly stop: () => Promise<void>;
};

/** Opens the store, then answers gRPC and HTTP. Whatever was opened is closed again when one of them cannot. */
export async function startKernel(config: KernelConfig, logger: Logger): Promise<RunningKernel> {
  const { KERNEL_POLICY: policy, KERNEL_HOOKS: modules } = config;
  const hooks = await readHookSettings({ policy, modules });
  const store = await openStore(config, hooks);
  const opened = [store.close];
  try {
    const { grpc, http } = await serve(config, logger, {
      store,
      opened,
      policy: hooks.policy,
    });
    return { port: http.port, grpcPort: grpc.port, stop: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

type Open = {
  readonly store: Store;
  readonly opened: (() => Promise<void>)[];
  readonly policy: Policy;
};

async function serve(config: KernelConfig, logger: Logger, { store, opened, policy }: Open) {
  const readiness = createReadiness();
  readiness.add("store", () => store.check());
  const metrics = createMetrics(OWN_SERVICE);
  const relay = startRelay(config, { store, logger, metrics, policy });
  opened.push(relay.stop);
  const rewrites = new Rewrites(store, { ...REWRITES, followers: relay.followers });
  const kernel = new Kernel(relay.store, {
    rewrites,
    environment: config.OMS_ENV,
    mayWrite: branchAccess(policy),
  });
  const governance = await startGovernance(config, { store: relay.store, rewrites, logger });
  opened.push(governance.stop);
  const shared = {
    service: OWN_SERVICE,
    host: config.HOST,
    logger,
    metrics,
    readiness,
    build: config.OMS_BUILD,
    ...admission(config, logger),
  };
  const descriptors = await readFile(fileURLToPath(import.meta.resolve("@oms/protos/descriptors.binpb")));
  const grpc = await startGrpcServer(
    {
      ...shared,
      port: config.GRPC_PORT,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      descriptors,
    },
    (server) => server.add(KernelServiceDefinition, kernelService(kernel)),
  );
  opened.push(() => grpc.stop());
  const beforeBodies = (app: Express): unknown => app.use(governance.uploads);
  const app = createHttpApp(
    { ...shared, edge: "internal", bodyLimit: `${MAX_HTTP_BYTES}b`, beforeBodies },
    (app) => app.use(kernelRoutes(kernel), governance.routes, relayRoutes(store, relay.sinks)),
  );
  const http = await listenHttp(app, { host: config.HOST, port: config.PORT });
  opened.push(() => http.stop());
  return { grpc, http };
}

function admission({ KERNEL_CALLERS: known }: KernelConfig, logger: Logger) {
  if (known) return { admit: admitting(known) };
  logger.warn("KERNEL_CALLERS is not set: whoever reaches the kernel is trusted to be who they say");
  return { admit: admitAll };
}

/** The last opened is closed first: the store outlives its callers. */
async function closeAll(opened: (() => Promise<void>)[]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}
