import {
  type Channel,
  type Client,
  type ClientMiddleware,
  type CompatServiceDefinition,
  createClientFactory,
} from "nice-grpc";
import { errorDetailsClientMiddleware } from "nice-grpc-error-details";
import { createBreaker } from "./grpc/breaker.ts";
import { clientCall, throughBreaker } from "./grpc/client-call.ts";
import { DeadlineChannel } from "./grpc/deadline.ts";
import { elsewhere } from "./grpc/elsewhere.ts";
import { Peer } from "./grpc/peer.ts";
import { Peers } from "./grpc/peers.ts";

export type ChannelOptions = {
  /**
   * `host:port`, or several with commas between: calls go round those that are healthy, and what one of them cannot
   * answer another does. A name is looked up again when the connection is lost.
   */
  readonly address: string;
  /** Shown to a service that authenticates its callers. */
  readonly token?: string;
  /** Off only where the strangler has a breaker on the same hop. */
  readonly breaker?: boolean;
  /** Longest wait for a unary answer, in milliseconds; the context's deadline may be sooner. */
  readonly deadlineMs?: number;
  /** Largest message either way, in bytes. */
  readonly maxMessageBytes?: number;
  /** After how much silence the peer is pinged, in milliseconds; a stopped peer answers no ping. */
  readonly keepaliveMs?: number;
};

const DEFAULT_DEADLINE_MS = 5000;
const DEFAULT_MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
// Not lower: grpc-js ends the calls in flight when a ping falls due on a draining connection (grpc-node#3068).
const DEFAULT_KEEPALIVE_MS = 10_000;

/**
 * A client of the service at `address`, connecting on its first call. Calls carry the context of the caller and
 * throw ServiceError alone.
 */
export function openChannel<D extends CompatServiceDefinition>(
  definition: D,
  options: ChannelOptions,
): { client: Client<D>; build(): string; close(): void } {
  const { service, streams } = describe(definition);
  const breaker = (options.breaker ?? true) ? createBreaker(service) : undefined;
  let build = "unknown";
  const deadlines = { deadlineMs: options.deadlineMs ?? DEFAULT_DEADLINE_MS, streams };
  const channels = options.address
    .split(",")
    .map((address) => new DeadlineChannel(address, deadlines, connectionOptions(options)));
  const [channel, middleware] = joined(channels, service);
  const calls = createClientFactory()
    .use(errorDetailsClientMiddleware)
    .use(
      clientCall({ service, token: options.token }, (seen) => {
        build = seen;
      }),
    );
  const wholeCalls = middleware ? calls.use(middleware) : calls;
  // Outermost: a call that another peer answered is no failure of the service.
  const factory = breaker ? wholeCalls.use(throughBreaker(breaker)) : wholeCalls;
  return {
    client: factory.create(definition, channel),
    build: () => build,
    close() {
      breaker?.close();
      channel.close();
    },
  };
}

/** One channel over all, and what has to be around its calls. */
function joined(channels: readonly Channel[], service: string): [Channel, ClientMiddleware?] {
  const [only, ...others] = channels;
  if (only && others.length === 0) return [only];
  const peers = new Peers(channels.map((channel) => new Peer(channel, service)));
  // nice-grpc asks for grpc-js's own class, of which its clients use no more than this.
  return [peers as Pick<Channel, "createCall" | "close"> as Channel, elsewhere(peers)];
}

/** The name errors use, and the paths of the methods that stream. */
function describe(definition: CompatServiceDefinition): { service: string; streams: ReadonlySet<string> } {
  const methods =
    "fullName" in definition
      ? Object.values(definition.methods).map((m) => ({ ...m, path: `/${definition.fullName}/${m.name}` }))
      : Object.values(definition);
  const streams = methods.filter((m) => m.requestStream || m.responseStream).map((m) => m.path);
  return { service: methods[0]?.path.split("/")[1] ?? "the service", streams: new Set(streams) };
}

function connectionOptions(options: ChannelOptions) {
  const maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  return {
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? DEFAULT_KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": 2000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    // nice-grpc's bound on one connection attempt; grpc-js has none of its own.
    "grpc.min_reconnect_backoff_ms": 2000,
    "grpc.dns_min_time_between_resolutions_ms": 1000,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    "grpc.use_local_subchannel_pool": 1,
    "grpc.enable_http_proxy": 0,
  };
}
