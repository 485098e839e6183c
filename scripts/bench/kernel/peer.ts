import {
  CommitRequest,
  CommitResponse,
  GetRequest,
  GetResponse,
  KernelServiceDefinition,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { echoed, serveEcho } from "../echo/server.ts";
import { bodyOf, idOf, TYPE } from "./rows.ts";

/** Answers a read with a document and a commit with its change. */
const document = { id: idOf(0), type: TYPE, body: JSON.stringify(bodyOf(0)), revision: "a".repeat(36) };
const commit = {
  id: "a".repeat(36),
  key: "b".repeat(36),
  branch: "bench/store/main",
  author: "bench@bench",
};
const readAnswer = GetResponse.fromPartial({ document, at: commit.id });
const commitAnswer = CommitResponse.fromPartial({ commit, changes: [{ kind: 1, document }], at: commit.id });

const path = (name: string) => `/${KernelServiceDefinition.fullName}/${name}`;

serveEcho(
  [
    echoed(path("Get"), GetRequest, { codec: GetResponse, answer: readAnswer }),
    echoed(path("Commit"), CommitRequest, { codec: CommitResponse, answer: commitAnswer }),
  ],
  process.env,
);
