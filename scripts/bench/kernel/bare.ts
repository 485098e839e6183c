import { randomUUID } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import {
  CommitRequest,
  CommitResponse,
  GetRequest,
  GetResponse,
  KernelServiceDefinition,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import { openEcho } from "../echo/client.ts";
import { startMeasured } from "../measured-process.ts";
import { BRANCH, bodyOf, idOf, TYPE } from "./rows.ts";

/** What the kernel is made of, each part alone. */
export type Bare = {
  readonly echoRead: () => Promise<unknown>;
  readonly echoCommit: (n: number) => Promise<unknown>;
  readonly read: (n: number) => unknown;
  /** One transaction, on disk when it returns, of the documents from `n` on. */
  readonly insert: (n: number, count: number) => void;
};

const PEER = ["scripts/bench/kernel/peer.ts"];

/** A bare gRPC echo of the same messages in a process of its own, and a copy of the kernel's file with its pragmas. */
export async function openBare(opening: AsyncDisposableStack, kernelFile: string): Promise<Bare> {
  const { address, stop } = await startMeasured(PEER, {});
  opening.defer(stop);
  const echo = openEcho(address);
  opening.defer(() => echo.close());
  const path = (name: string) => `/${KernelServiceDefinition.fullName}/${name}`;
  return {
    echoRead() {
      const request = GetRequest.fromPartial({ branch: BRANCH, id: idOf(0) });
      return echo.call(path("Get"), GetRequest.encode(request).finish(), (bytes) =>
        GetResponse.decode(bytes),
      );
    },
    echoCommit(n) {
      const value = { id: idOf(n), type: TYPE, body: JSON.stringify(bodyOf(n)) };
      const writes = [{ operation: { $case: "put", value } as const }];
      const request = CommitRequest.fromPartial({
        branch: BRANCH,
        key: randomUUID(),
        message: "bench",
        writes,
      });
      const bytes = CommitRequest.encode(request).finish();
      return echo.call(path("Commit"), bytes, (answer) => CommitResponse.decode(answer));
    },
    ...rawStore(opening, kernelFile, `${kernelFile}-bare`),
  };
}

/** The kernel's tables and rows in a file of ours, written to and read from by the statements that it takes at least. */
function rawStore(
  opening: AsyncDisposableStack,
  kernelFile: string,
  file: string,
): Pick<Bare, "read" | "insert"> {
  const source = new DatabaseSync(kernelFile);
  source.prepare("VACUUM INTO ?").run(file);
  source.close();
  const database = new DatabaseSync(file);
  opening.defer(() => database.close());
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const branch = Number(
    database.prepare("SELECT branch FROM branches WHERE name = ?").get(BRANCH)?.["branch"],
  );
  const select = database.prepare(`SELECT type, body, commits.id FROM versions JOIN commits USING (sequence)
    WHERE versions.branch = ? AND versions.id = ? ORDER BY sequence DESC LIMIT 1`);
  const commit = database.prepare(`INSERT INTO commits
    (id, branch, parent, key, fingerprint, author, message, trace_id, time_ms)
    SELECT ?1, ?2, max(sequence), ?1, ?1, 'bench@bench', 'bench', ?1, 0 FROM commits RETURNING sequence`);
  const version = database.prepare(
    "INSERT INTO versions (sequence, branch, id, type, body) VALUES (?, ?, ?, ?, ?)",
  );
  return {
    read: (n) => select.get(branch, idOf(n)),
    insert(n, count) {
      database.exec("BEGIN IMMEDIATE");
      const sequence = Number(commit.get(randomUUID(), branch)?.["sequence"]);
      for (let m = n; m < n + count; m++)
        version.run(sequence, branch, idOf(m), TYPE, JSON.stringify(bodyOf(m)));
      database.exec("COMMIT");
    },
  };
}
