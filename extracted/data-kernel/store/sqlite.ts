import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { DEFAULT_HOOKS } from "../hooks/load.ts";
import type { Staging, Store } from "./port.ts";
import { openHere } from "./sqlite/here.ts";
import type { Argument, Method, Result } from "./sqlite/methods.ts";
import { Thread } from "./sqlite/thread.ts";

const UNWRITTEN =
  "the store's write-ahead log, which somebody was reading: the same redaction again tries to empty it";

/**
 * A store in one SQLite file (WAL, synchronous=FULL), used by two threads: one writes, the other reads and evaluates
 * shadow commits on a connection that cannot write. Each loads its own `hooks`. Rejects when the file cannot be opened
 * or a hook cannot be loaded.
 */
export async function openSqliteStore(file: string, hooks = DEFAULT_HOOKS): Promise<Store> {
  const writer = await Thread.start({ file, role: "writer", hooks });
  const reader = await Thread.start({ file, role: "reader", hooks });
  const asking =
    <M extends Method>(thread: Thread, method: M) =>
    (argument: Argument<M>): Promise<Result<M>> =>
      thread.ask(method, argument);
  const here = openHere(file);
  let uploads = 0;
  return {
    commit: asking(writer, "commit"),
    createBranch: asking(writer, "createBranch"),
    deleteBranch: asking(writer, "deleteBranch"),
    resetBranch: asking(writer, "resetBranch"),
    freezeBranch: asking(writer, "freezeBranch"),
    thawBranch: asking(writer, "thawBranch"),
    writeState: asking(writer, "writeState"),
    importCommits: asking(writer, "importCommits"),
    renameBranch: asking(writer, "renameBranch"),
    evaluate: asking(reader, "evaluate"),
    stage(mode) {
      uploads += 1;
      return stagingOn(mode === "live" ? writer : reader, uploads);
    },
    evaluateBranch: asking(reader, "evaluateBranch"),
    evaluateDeletion: asking(reader, "evaluateDeletion"),
    evaluateReset: asking(reader, "evaluateReset"),
    evaluateRedaction: asking(reader, "evaluateRedaction"),
    async redact(request) {
      const redacted = await writer.ask("redact", request);
      return { ...redacted, remains: (await writer.checkpoint()) ? [] : [UNWRITTEN] };
    },
    cost: asking(reader, "cost"),
    exportCommits: asking(reader, "exportCommits"),
    async get(request) {
      try {
        return await here.ask("get", request);
      } catch (error) {
        // The reader's thread has the time to wait.
        if (error instanceof ServiceError && error.code === "UNAVAILABLE") return reader.ask("get", request);
        throw error;
      }
    },
    query: asking(reader, "query"),
    log: asking(reader, "log"),
    history: asking(reader, "history"),
    changes: asking(reader, "changes"),
    diff: asking(reader, "diff"),
    readState: asking(reader, "readState"),
    listStates: asking(reader, "listStates"),
    listBranches: () => reader.ask("listBranches", undefined),
    async check() {
      await Promise.all([writer.ask("check", undefined), reader.ask("check", undefined)]);
    },
    async close() {
      here.close();
      await reader.close();
      await writer.close();
    },
  };
}

function stagingOn(thread: Thread, upload: number): Staging {
  return {
    add: (writes) => thread.ask("stageWrites", { upload, writes }),
    commit: (terms) => thread.ask("commitStaged", { upload, ...terms }),
    evaluate: (terms) => thread.ask("evaluateStaged", { upload, ...terms }),
    discard: () => thread.ask("discardStaged", { upload }),
  };
}
