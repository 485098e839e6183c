import { mask } from "../../governance/mask.ts";
import type { Redacted, RedactRequest } from "../port.ts";
import { headsOf } from "./branches.ts";
import { changesOf } from "./contents.ts";
import type { Database } from "./database.ts";
import { partsOf } from "./history.ts";
import { type Moment, momentOf } from "./moment.ts";
import { changesAt, type Entry, readEntries, storedBody, storedEntries } from "./records.ts";
import { sharedPosition } from "./shared.ts";
import { type Query, replace } from "./woql.ts";

/** A state of a document that shows a field; `masked` is its body without. */
export type Hit = { readonly position: number; readonly entry: Entry; readonly masked: string };

/** A branch that shows some of them: those at positions it shares with the one that is redacted. */
export type Shown = { readonly moment: Moment; readonly hits: readonly Hit[] };

type Looked = { readonly fields: readonly string[]; readonly wanted: (entry: Entry) => boolean };

export async function survey(database: Database, request: RedactRequest) {
  const moment = await momentOf(database, { branch: request.branch, at: "" });
  const [documents, types] = [new Set(request.documents), new Set(request.types)];
  const wanted = ({ id, type }: Entry) => documents.has(id) || types.has(type);
  const hits = await hitsOf(database, moment, { first: 1, fields: request.fields, wanted });
  const ids = new Set(hits.map(({ entry }) => entry.id));
  const showing: Shown[] = [];
  const elsewhere: string[] = [];
  for (const { branch } of await headsOf(database)) {
    const other = await momentOf(database, { branch, at: "" });
    const shared = await sharedPosition(database, moment, other);
    const shown = hits.filter(({ position }) => position <= shared);
    if (shown.length > 0) showing.push({ moment: other, hits: shown });
    const own = { first: shared + 1, fields: request.fields, wanted: ({ id }: Entry) => ids.has(id) };
    if ((await hitsOf(database, other, own)).length > 0) elsewhere.push(branch);
  }
  const branches = showing.map((each) => each.moment.head.branch);
  const redacted: Redacted = {
    documents: ids.size,
    versions: hits.length,
    branches,
    elsewhere,
    repeated: false,
    remains: [],
  };
  return { showing, redacted };
}

async function hitsOf(
  database: Database,
  moment: Moment,
  { first, fields, wanted }: Looked & { readonly first: number },
): Promise<Hit[]> {
  const hits: Hit[] = [];
  for await (const part of partsOf(database, moment, { first, last: moment.position })) {
    for (const { record, entries } of part) {
      const candidates = entries.filter((entry) => entry.content && wanted(entry));
      const changes = await changesOf(database, moment.store, candidates);
      for (const [n, entry] of candidates.entries()) {
        const masked = mask(changes[n]?.document.body ?? "{}", fields);
        if (masked !== undefined) hits.push({ position: record.position, entry, masked });
      }
    }
  }
  return hits;
}

/** The branch's own records of its changes as they are to be from now on. */
export async function maskedRecords(database: Database, { moment, hits }: Shown): Promise<Query[]> {
  const positions = [...new Set(hits.map(({ position }) => position))];
  const { documents } = await database.read(`commit/${moment.store}`, positions.map(changesAt));
  const parts: Query[] = [];
  for (const position of positions) {
    const entries = readEntries(documents.get(changesAt(position)));
    const masked = entries.map((entry) => {
      const hit = hits.find((each) => each.position === position && each.entry.id === entry.id);
      if (!hit || !entry.content) return entry;
      if ("at" in entry.content) parts.push(replace(storedBody(entry.content.at, hit.masked)));
      return "at" in entry.content ? entry : { ...entry, content: { body: hit.masked } };
    });
    parts.push(replace(storedEntries(position, masked)));
  }
  return parts;
}
