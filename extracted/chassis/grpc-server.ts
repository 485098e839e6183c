import { createServer, type Server } from "nice-grpc";
import { errorDetailsServerMiddleware } from "nice-grpc-error-details";
import { HealthDefinition } from "nice-grpc-server-health";
import { ServerReflection, ServerReflectionService } from "nice-grpc-server-reflection";
import type { Admit } from "./context/admit.ts";
import { admission } from "./grpc/admission.ts";
import { deadlineInterceptor } from "./grpc/deadline.ts";
import { createHealth } from "./grpc/health.ts";
import { serverCall } from "./grpc/server-call.ts";
import { neverThrowDecoding } from "./grpc/undecodable.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { portTaken } from "./port-taken.ts";
import type { Readiness } from "./readiness.ts";

export type GrpcServerOptions = {
  readonly service: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Sent with every answer as `oms-build`. */
  readonly build: string;
  readonly readiness: Readiness;
  /** Absent: all callers are. Health and reflection are open either way. */
  readonly admit?: Admit;
  /** Largest message either way, in bytes. */
  readonly maxMessageBytes?: number;
  /** After how much silence a client is pinged, in milliseconds; one that answers no ping is let go. Absent: 60,000. */
  readonly keepaliveMs?: number;
  /** An encoded google.protobuf.FileDescriptorSet; with it the server answers reflection. */
  readonly descriptors?: Uint8Array;
};

const DEFAULT_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
const DEFAULT_KEEPALIVE_MS = 60_000;
const DEFAULT_GRACE_MS = 5000;

/** Serves what `register` adds, with health, reflection, deadlines, the caller's context and metrics around it. */
export async function startGrpcServer(
  options: GrpcServerOptions,
  register: (server: Server) => void,
): Promise<{ port: number; stop(graceMs?: number): Promise<void> }> {
  const server = createServer(serverOptions(options))
    .use(errorDetailsServerMiddleware)
    .use(serverCall(options));
  const services: string[] = [];
  const guarded = options.admit ? server.with(admission(options.admit)) : server;
  register({
    ...server,
    add(definition, implementation) {
      if ("fullName" in definition) services.push(String(definition.fullName));
      guarded.add(neverThrowDecoding(definition), implementation);
    },
  });
  const health = createHealth(options.readiness, services);
  server.add(neverThrowDecoding(HealthDefinition), health.implementation);
  if (options.descriptors)
    server.add(ServerReflectionService, ServerReflection(options.descriptors, services));
  const port = await listen(server, options);
  options.logger.info({ port }, `${options.service} answers gRPC`);
  return {
    port,
    async stop(graceMs = DEFAULT_GRACE_MS) {
      health.stop();
      const force = setTimeout(() => server.forceShutdown(), graceMs);
      await server.shutdown();
      clearTimeout(force);
    },
  };
}

function serverOptions(options: GrpcServerOptions) {
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  return {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? DEFAULT_KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": 5000,
    interceptors: [deadlineInterceptor],
  };
}

async function listen(server: Server, { host, port }: GrpcServerOptions): Promise<number> {
  try {
    return await server.listen(`${host}:${port}`);
  } catch (error) {
    if (String(error).includes("EADDRINUSE")) throw portTaken({ host, port, variable: "GRPC_PORT" }, error);
    throw error;
  }
}
