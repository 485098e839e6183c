import { Client, credentials } from "@grpc/grpc-js";

export type EchoClient = {
  /** One unary call of bytes that are ready to be sent. */
  readonly call: <R>(path: string, bytes: Uint8Array, decode: (bytes: Buffer) => R) => Promise<R | undefined>;
  readonly close: () => void;
};

const DEADLINE_MS = 5000;

/** grpc-js alone, as little as a caller can do. */
export function openEcho(address: string): EchoClient {
  const client = new Client(address, credentials.createInsecure());
  return {
    call: (path, bytes, decode) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + DEADLINE_MS };
        const same = (value: Uint8Array) => Buffer.from(value);
        client.makeUnaryRequest(path, same, decode, bytes, options, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      }),
    close: () => client.close(),
  };
}
