import { Client, credentials } from "@grpc/grpc-js";
import {
  EmbeddingServiceDefinition,
  EmbedRequest,
  EmbedResponse,
} from "@oms/protos/oms/embedding/v1/embedding.ts";

const PATH = `/${EmbeddingServiceDefinition.fullName}/${EmbeddingServiceDefinition.methods.embed.name}`;

export type Raw = {
  readonly embed: (request: EmbedRequest) => Promise<EmbedResponse | undefined>;
  readonly close: () => void;
};

/** A unary call as grpc-js alone makes it; a deadline is the least that a caller gives. */
export function openRaw(address: string, deadlineMs: number): Raw {
  const client = new Client(address, credentials.createInsecure());
  const encode = (request: EmbedRequest) => Buffer.from(EmbedRequest.encode(request).finish());
  const decode = (bytes: Buffer) => EmbedResponse.decode(bytes);
  return {
    embed: (request) =>
      new Promise((resolve, reject) => {
        const options = { deadline: Date.now() + deadlineMs };
        client.makeUnaryRequest(PATH, encode, decode, request, options, (error, reply) =>
          error ? reject(error) : resolve(reply),
        );
      }),
    close: () => client.close(),
  };
}
