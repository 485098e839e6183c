import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { z } from "zod";
import { type Database, understood } from "./database.ts";
import { Refused } from "./errors.ts";
import { HEAD, type Head, storedHead } from "./records.ts";
import { LAYOUT, SCHEMA } from "./schema.ts";

/** Nothing of the kernel's commits to it: it holds the schema and the head every branch begins with. */
export const MAIN = "main";
/** Where commits are made that no branch shows until it is created at them, or reset to them. */
export const SCRATCH = "scratch";
export const STATES = "states";

const OLDEST: readonly [number, number, number] = [12, 0, 4];
const LAYOUT_ID = "Layout/layout";

const info = z.object({ "api:info": z.object({ terminusdb: z.object({ version: z.string() }) }) });
const layout = z.object({ layout: z.string() });

const ROOT: Head = {
  version: "root",
  branch: "",
  origin: "",
  originCommit: "",
  inherited: [],
  createdMs: 0,
  position: 0,
  gaps: [],
  commit: "",
  timeMs: 0,
  freeze: undefined,
};

/**
 * Sees that the server is one we know, and that the database is there with all the adapter needs. Any number of
 * kernels may do it at once, and one that was interrupted is finished by the next.
 */
export async function setUp(database: Database): Promise<void> {
  await requireVersion(database);
  await create(database);
  const { documents } = await database.read(`branch/${MAIN}`, [LAYOUT_ID]);
  const found = documents.get(LAYOUT_ID);
  if (found !== undefined) return requireLayout(layout.parse(found).layout);
  await layOut(database);
}

async function requireVersion(database: Database): Promise<void> {
  const answer = await database.ask({ method: "GET", path: "info" });
  const { version } = understood(info, answer)["api:info"].terminusdb;
  if (atLeast(version, OLDEST)) return;
  throw new ServiceError(
    "UNAVAILABLE",
    `the store is TerminusDB ${version}; ${OLDEST.join(".")} is the oldest that works`,
  );
}

/** A pre-release counts as what it is to become. */
function atLeast(version: string, oldest: readonly number[]): boolean {
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return false;
  const index = oldest.findIndex((part, n) => part !== parts[n]);
  return index < 0 || (parts[index] ?? 0) > (oldest[index] ?? 0);
}

function requireLayout(found: string): void {
  if (found === LAYOUT) return;
  throw new ServiceError("UNAVAILABLE", `the store has layout ${found}; this kernel knows ${LAYOUT}`);
}

async function create(database: Database): Promise<void> {
  const path = `db/${database.path()}`;
  try {
    await database.ask({ method: "GET", path });
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "NOT_FOUND") throw error;
    const body = { label: database.name.database, comment: "the data-kernel's", schema: true };
    await unlessThere(database.send({ method: "POST", path, body }));
  }
}

/** The layout's own document comes last: with it, everything is there. */
async function layOut(database: Database): Promise<void> {
  const author = { author: "data-kernel", message: "lay out the kernel's database" };
  await database.send({
    method: "POST",
    path: `document/${database.path(`local/branch/${MAIN}`)}`,
    query: { ...author, graph_type: "schema", full_replace: "true" },
    body: SCHEMA,
  });
  await unlessThere(database.insert(MAIN, [storedHead(ROOT)], author));
  for (const branch of [SCRATCH, STATES]) {
    const path = `branch/${database.path(`local/branch/${branch}`)}`;
    const origin = database.path(`local/branch/${MAIN}`);
    await unlessThere(database.send({ method: "POST", path, body: { origin } }));
  }
  await unlessThere(database.insert(MAIN, [{ "@id": LAYOUT_ID, "@type": "Layout", layout: LAYOUT }], author));
}

async function unlessThere(made: Promise<unknown>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== "ALREADY_EXISTS") throw error;
  }
}

/** The state before any commit of any branch, as the server's commit. */
export async function rootCommit(database: Database): Promise<string> {
  return (await database.read(`branch/${MAIN}`, [HEAD])).commit;
}
