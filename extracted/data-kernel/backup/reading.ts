import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fromProblem } from "@oms/chassis/errors/problem.ts";
import { callerHeaders } from "../caller-headers.ts";
import type { ChangesReply, Store } from "../store/port.ts";
import { listBranches } from "../store/sqlite/branches.ts";
import { openForReading } from "../store/sqlite/database.ts";
import { changes } from "../store/sqlite/history.ts";

/** What can be asked of a store to compare it with another, wherever it is. */
export type Reading = Pick<Store, "listBranches" | "changes"> & { readonly close: () => void };

const ANSWER_WITHIN_MS = 30_000;

/**
 * Opens a store to read: the URL of a kernel's HTTP, a folder with a kernel.db, or a SQLite file. Throws when there
 * is none. A kernel may be writing to it meanwhile.
 */
export function openReading(place: string): Reading {
  return /^https?:/.test(place) ? kernelReading(place) : fileReading(storeFile(place));
}

/** The SQLite file that `place`, a folder or the file itself, stands for. */
export function storeFile(place: string): string {
  const path = resolve(place);
  return existsSync(path) && statSync(path).isDirectory() ? join(path, "kernel.db") : path;
}

function fileReading(file: string): Reading {
  if (!existsSync(file)) throw new Error(`there is no store at ${file}`);
  const { connection, sql } = openForReading(file);
  return {
    listBranches: async () => listBranches(sql),
    changes: async (request) => changes(sql, request),
    close: () => connection.close(),
  };
}

/** Over HTTP, whichever store that kernel has. */
function kernelReading(url: string): Reading {
  return {
    async listBranches() {
      const { branches } = (await ask(new URL("branches", slashed(url)))) as {
        branches: Awaited<ReturnType<Store["listBranches"]>>;
      };
      return branches;
    },
    async changes({ branch, after, skip = 0, at, limit }) {
      const question = new URL(`branches/${encodeURIComponent(branch)}/changes`, slashed(url));
      question.search = String(new URLSearchParams({ after, at, limit: `${limit}`, skip: `${skip}` }));
      return (await ask(question)) as ChangesReply;
    },
    close() {},
  };
}

async function ask(url: URL): Promise<unknown> {
  const headers = { "oms-author": "operator@kernel", ...callerHeaders() };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (response.ok) return response.json();
  throw fromProblem(await response.text()) ?? new Error(`${url.href} answers ${response.status}`);
}

function slashed(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
