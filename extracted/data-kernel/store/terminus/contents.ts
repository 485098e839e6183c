import type { Change, Document } from "../port.ts";
import type { Database, Snapshot } from "./database.ts";
import {
  type Content,
  changesAt,
  documentId,
  type Entry,
  type Known,
  readBody,
  readDocument,
  readEntries,
} from "./records.ts";

/** Documents without their bodies, by the kernel's id; `store` undefined: before everything. */
export async function knownAt(
  database: Database,
  store: string | undefined,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  if (store === undefined || ids.length === 0) return new Map();
  const { documents } = await database.read(`commit/${store}`, ids.map(documentId));
  return byId(documents.values());
}

/** The documents in what was read, by the kernel's id. */
export function documentsIn({ documents }: Snapshot): ReadonlyMap<string, Known> {
  const stored = [...documents].filter(([id]) => id.startsWith("Document/"));
  return byId(stored.map(([, document]) => document));
}

function byId(stored: Iterable<unknown>): ReadonlyMap<string, Known> {
  return new Map([...stored].map(readDocument).map((known) => [known.id, known]));
}

/** The same documents, whole and in the same order. */
export async function whole(database: Database, store: string, known: readonly Known[]): Promise<Document[]> {
  const bodies = await bodiesOf(
    database,
    store,
    known.map(({ content }) => content),
  );
  return known.map(({ id, type, revision }, n) => ({ id, type, body: bodies[n] ?? "", revision }));
}

/** The changes that entries stand for, in the same order, read at a commit that has them. */
export async function changesOf(
  database: Database,
  store: string | undefined,
  entries: readonly Entry[],
): Promise<Change[]> {
  const contents = await contentsOf(database, store, entries);
  const bodies = await bodiesOf(database, store, contents);
  return entries.map(({ kind, id, type, revision }, n) => {
    return { kind, document: { id, type, body: bodies[n] ?? "", revision } };
  });
}

async function contentsOf(
  database: Database,
  store: string | undefined,
  entries: readonly Entry[],
): Promise<Content[]> {
  const elsewhere = entries.filter(({ content }) => content === undefined);
  const sources = [...new Set(elsewhere.map(({ position }) => changesAt(position)))];
  const found =
    store === undefined || sources.length === 0 ? undefined : await database.read(`commit/${store}`, sources);
  return entries.map(({ content, id, position }) => {
    if (content) return content;
    const source = readEntries(found?.documents.get(changesAt(position)));
    return source.find((entry) => entry.id === id)?.content ?? { body: "" };
  });
}

async function bodiesOf(
  database: Database,
  store: string | undefined,
  contents: readonly Content[],
): Promise<string[]> {
  const apart = contents.flatMap((content) => ("at" in content ? [content.at] : []));
  const found =
    store === undefined || apart.length === 0 ? undefined : await database.read(`commit/${store}`, apart);
  return contents.map((content) =>
    "at" in content ? readBody(found?.documents.get(content.at)) : content.body,
  );
}
