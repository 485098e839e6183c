import { scheduler } from "node:timers/promises";
import { Client, credentials, type ServiceError as GrpcError, Metadata as GrpcMetadata } from "@grpc/grpc-js";
import type { CallContext } from "nice-grpc";
import { type ChannelOptions, openChannel } from "../grpc-channel.ts";
import { type GrpcServerOptions, startGrpcServer } from "../grpc-server.ts";
import { createLogger } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createReadiness } from "../readiness.ts";

export type Text = { text: string };

/** Protobuf's `message Text { string text = 1; }` on JSON's encoding: the chassis must not care. */
const Text = {
  encode: (message: Text) => ({ finish: () => Buffer.from(JSON.stringify(message)) }),
  decode: (input: Uint8Array): Text => JSON.parse(Buffer.from(input).toString()),
  fromPartial: (message: Partial<Text>): Text => ({ text: message.text ?? "" }),
};

export const EchoDefinition = {
  name: "Echo",
  fullName: "fixture.Echo",
  methods: {
    say: {
      name: "Say",
      requestType: Text,
      requestStream: false,
      responseType: Text,
      responseStream: false,
      options: { idempotencyLevel: "NO_SIDE_EFFECTS" },
    },
    list: {
      name: "List",
      requestType: Text,
      requestStream: false,
      responseType: Text,
      responseStream: true,
      options: { idempotencyLevel: "NO_SIDE_EFFECTS" },
    },
    collect: {
      name: "Collect",
      requestType: Text,
      requestStream: true,
      responseType: Text,
      responseStream: false,
      options: {},
    },
  },
} as const;

export type EchoHandlers = {
  say?: (request: Text, call: CallContext) => Promise<Text>;
  list?: (request: Text, call: CallContext) => AsyncIterable<Text>;
};

/** A real server on a free port and a channel to it. */
export async function startEcho(
  handlers: EchoHandlers,
  options: { server?: Partial<GrpcServerOptions>; channel?: Partial<ChannelOptions> } = {},
) {
  const lines: string[] = [];
  const metrics = createMetrics("echo");
  const server = await startGrpcServer(
    {
      service: "echo",
      host: "127.0.0.1",
      port: 0,
      logger: createLogger("echo", "warn", { write: (line) => lines.push(line) }),
      metrics,
      build: "echo-1",
      readiness: createReadiness(),
      ...options.server,
    },
    (register) => register.add(EchoDefinition, implement(handlers)),
  );
  const channel = openChannel(EchoDefinition, { address: `127.0.0.1:${server.port}`, ...options.channel });
  return {
    ...channel,
    server,
    metrics,
    /** Warnings and errors the server logged. */
    lines,
    async [Symbol.asyncDispose]() {
      channel.close();
      await server.stop(0);
    },
  };
}

/** A call with bytes and metadata of our choosing, past every check of our own channel. */
export function rawCall(port: number, path: string, bytes: Buffer, metadata: Record<string, string> = {}) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const sent = new GrpcMetadata();
  for (const [key, value] of Object.entries(metadata)) sent.set(key, value);
  return new Promise<GrpcError | null>((resolve) => {
    const same = (value: Buffer) => value;
    client.makeUnaryRequest(path, same, same, bytes, sent, (error) => {
      client.close();
      resolve(error);
    });
  });
}

/** Waits until `condition` holds; the test runner's timeout bounds it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await scheduler.wait(5);
}

function implement(handlers: EchoHandlers) {
  return {
    say: handlers.say ?? (async (request: Text) => request),
    list:
      handlers.list ??
      async function* (request: Text) {
        yield request;
      },
    async collect(requests: AsyncIterable<Text>) {
      const texts: string[] = [];
      for await (const { text } of requests) texts.push(text);
      return { text: texts.join(" ") };
    },
  };
}
