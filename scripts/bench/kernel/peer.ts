import { createServer } from "node:http";
import { Server, ServerCredentials, type ServiceDefinition } from "@grpc/grpc-js";
import {
  CommitRequest,
  CommitResponse,
  GetRequest,
  GetResponse,
  KernelServiceDefinition,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { bodyOf, idOf, TYPE } from "./rows.ts";

/** grpc-js alone: answers a read with a document and a commit with its change, and does nothing for either. */
const document = { id: idOf(0), type: TYPE, body: JSON.stringify(bodyOf(0)), revision: "a".repeat(36) };
const commit = {
  id: "a".repeat(36),
  key: "b".repeat(36),
  branch: "bench/store/main",
  author: "bench@bench",
};
const readAnswer = GetResponse.fromPartial({ document, at: commit.id });
const commitAnswer = CommitResponse.fromPartial({ commit, changes: [{ kind: 1, document }], at: commit.id });

const methodOf = <Q, R>(
  name: string,
  request: { decode: (bytes: Uint8Array) => Q },
  response: { encode: (reply: R) => { finish: () => Uint8Array } },
) => ({
  path: `/${KernelServiceDefinition.fullName}/${name}`,
  requestStream: false,
  responseStream: false,
  requestSerialize: (): Buffer => Buffer.alloc(0),
  requestDeserialize: (bytes: Buffer) => request.decode(bytes),
  responseSerialize: (reply: R) => Buffer.from(response.encode(reply).finish()),
  responseDeserialize: () => undefined,
});

const service: ServiceDefinition = {
  get: methodOf("Get", GetRequest, GetResponse),
  commit: methodOf("Commit", CommitRequest, CommitResponse),
};
type Answer = (error: null, reply: unknown) => void;

const server = new Server();
server.addService(service, {
  get: (_call: unknown, answer: Answer) => answer(null, readAnswer),
  commit: (_call: unknown, answer: Answer) => answer(null, commitAnswer),
});
const host = process.env["HOST"] ?? "127.0.0.1";
server.bindAsync(`${host}:${process.env["GRPC_PORT"]}`, ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
  createServer((_request, response) => response.end("ready")).listen(Number(process.env["PORT"]), host);
});
