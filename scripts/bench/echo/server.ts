import { createServer } from "node:http";
import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";

type Codec<T> = { readonly encode: (value: T) => { readonly finish: () => Uint8Array } };

/** One method: its request is decoded, `answer` is encoded, and nothing else is done. */
export type Echoed = Readonly<Record<string, unknown>> & { readonly path: string };

export function echoed<R>(
  path: string,
  request: { readonly decode: (bytes: Uint8Array) => unknown },
  response: { readonly codec: Codec<R>; readonly answer: R },
): Echoed {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: (bytes: Buffer) => request.decode(bytes),
    responseSerialize: () => Buffer.from(response.codec.encode(response.answer).finish()),
    responseDeserialize: () => undefined,
  };
}

type Reply = (error: null, reply: object) => void;

/** grpc-js alone on GRPC_PORT; ready over HTTP on PORT as the project's processes are. */
export function serveEcho(methods: readonly Echoed[], env: NodeJS.ProcessEnv): void {
  const byPath = methods.map((method) => [method.path, method] as const);
  const answer = (_call: unknown, reply: Reply) => reply(null, {});
  const server = new Server();
  server.addService(
    Object.fromEntries(byPath) as unknown as ServiceDefinition,
    Object.fromEntries(byPath.map(([path]) => [path, answer])),
  );
  const host = env["HOST"] ?? "127.0.0.1";
  server.bindAsync(`${host}:${env["GRPC_PORT"]}`, ServerCredentials.createInsecure(), (error) => {
    if (error) throw error;
    createServer((_request, response) => response.end("ready")).listen(Number(env["PORT"]), host);
  });
}
