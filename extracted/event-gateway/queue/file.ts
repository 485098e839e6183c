import { DatabaseSync, type SQLTagStore } from "node:sqlite";
import type { Envelope } from "@oms/events/envelope.ts";

/** An event that waits, at its place among all that wait. */
export type Queued = Envelope & { readonly sequence: number };

/** An event that JetStream will not have, kept for somebody to decide on. */
export type Parked = Envelope & {
  readonly id: number;
  readonly reason: string;
  /** Unix milliseconds. */
  readonly parkedMs: number;
};

type Counts = { events: number; parked: number /** Of both. */; bytes: number };

export type Depth = Readonly<Counts> & {
  /** When the event that waits longest was accepted, in Unix milliseconds. */
  readonly oldestMs: number | undefined;
};

/** Why an event was not accepted: another has its name, or the budget is spent. */
export type Accepted = "queued" | "repeated" | "conflict" | "full";

/** How much may be read at a time; at least one event is. */
export type Most = { readonly events: number; readonly bytes: number };

/** What a row takes beside its texts, indexes included, in bytes. */
const ROW_BYTES = 200;
/** Listing ends behind so many bytes: a list is answered whole. */
const LISTED: Most = { events: 100, bytes: 2_000_000 };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queued (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,
    content_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    accepted_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS queued_by_subject ON queued (subject, sequence);
  CREATE TABLE IF NOT EXISTS parked (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    parked_ms INTEGER NOT NULL,
    UNIQUE (message_id, digest)
  ) STRICT;
`;

/** The queue's file. One connection has it for itself, in one transaction at a time. */
export class QueueFile {
  readonly #connection: DatabaseSync;
  readonly #sql: SQLTagStore;
  readonly #maxBytes: number;
  #counts: Counts;

  /** Throws SQLite's BUSY while another process has the file open. */
  constructor(path: string, maxBytes: number) {
    this.#connection = new DatabaseSync(path, { timeout: 0 });
    this.#connection.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    // The log is given back to the disk once it is in the file: a burst would keep it large for ever.
    this.#connection.exec("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216");
    this.#connection.exec(`BEGIN IMMEDIATE; ${SCHEMA}; COMMIT`);
    this.#sql = this.#connection.createTagStore();
    this.#maxBytes = maxBytes;
    this.#counts = this.#count();
  }

  /** What `work` returns, once all it wrote is on disk; whatever it or the disk throws undoes it all. */
  inTransaction<R>(work: () => R): R {
    this.#connection.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#connection.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#connection.isTransaction) this.#connection.exec("ROLLBACK");
      this.#counts = this.#count();
      throw error;
    }
  }

  accept({ subject, messageId, contentType, digest, body }: Envelope, nowMs: number): Accepted {
    const found = this.#sql.get`SELECT digest FROM queued WHERE message_id = ${messageId}`;
    if (found) return found["digest"] === digest ? "repeated" : "conflict";
    const bytes = ROW_BYTES + 2 * (subject.length + messageId.length) + Buffer.byteLength(body);
    if (this.#counts.bytes + bytes > this.#maxBytes) return "full";
    this.#sql.run`INSERT INTO queued (subject, message_id, content_type, digest, body, bytes, accepted_ms)
      VALUES (${subject}, ${messageId}, ${contentType}, ${digest}, ${body}, ${bytes}, ${nowMs})`;
    this.#counts.bytes += bytes;
    this.#counts.events += 1;
    return "queued";
  }

  /** The first events of a subject, in their order. */
  head(subject: string, most: Most): Queued[] {
    const rows = this.#sql
      .iterate`SELECT sequence, subject, message_id AS messageId, content_type AS contentType,
      digest, body FROM queued WHERE subject = ${subject} ORDER BY sequence LIMIT ${most.events}`;
    return upTo(most.bytes, rows as Iterable<Queued>);
  }

  remove(sequence: number): void {
    const row = this.#sql.get`DELETE FROM queued WHERE sequence = ${sequence} RETURNING bytes`;
    if (!row) return;
    this.#counts.bytes -= Number(row["bytes"]);
    this.#counts.events -= 1;
  }

  /** An event that is parked already, and comes again, is parked once. */
  park(sequence: number, reason: string, nowMs: number): void {
    const row = this.#sql.get`SELECT message_id, digest FROM queued WHERE sequence = ${sequence}`;
    if (!row) return;
    const before = this.#sql.get`SELECT id FROM parked
      WHERE message_id = ${String(row["message_id"])} AND digest = ${String(row["digest"])}`;
    if (before) this.discard(Number(before["id"]));
    const parked = this.#sql
      .get`INSERT INTO parked (subject, message_id, content_type, digest, body, bytes, reason, parked_ms)
      SELECT subject, message_id, content_type, digest, body, bytes, ${reason}, ${nowMs}
      FROM queued WHERE sequence = ${sequence} RETURNING bytes`;
    this.remove(sequence);
    this.#counts.bytes += Number(parked?.["bytes"]);
    this.#counts.parked += 1;
  }

  /** The oldest of the parked events. */
  parked(): Parked[] {
    const rows = this.#sql
      .iterate`SELECT id, subject, message_id AS messageId, content_type AS contentType, digest,
      body, reason, parked_ms AS parkedMs FROM parked ORDER BY id LIMIT ${LISTED.events}`;
    return upTo(LISTED.bytes, rows as Iterable<Parked>);
  }

  findParked(id: number): Parked | undefined {
    const row = this.#sql
      .get`SELECT id, subject, message_id AS messageId, content_type AS contentType, digest,
      body, reason, parked_ms AS parkedMs FROM parked WHERE id = ${id}`;
    return row as Parked | undefined;
  }

  /** Whether there was such an event. */
  discard(id: number): boolean {
    const row = this.#sql.get`DELETE FROM parked WHERE id = ${id} RETURNING bytes`;
    if (!row) return false;
    this.#counts.bytes -= Number(row["bytes"]);
    this.#counts.parked -= 1;
    return true;
  }

  /** How many events wait on each subject. */
  subjects(): [subject: string, events: number][] {
    const rows = this.#sql.all`SELECT subject, count(*) AS events FROM queued GROUP BY subject`;
    return rows.map(({ subject, events }) => [String(subject), Number(events)]);
  }

  depth(): Depth {
    const row = this.#sql.get`SELECT accepted_ms FROM queued ORDER BY sequence LIMIT 1`;
    return { ...this.#counts, oldestMs: row && Number(row["accepted_ms"]) };
  }

  /** Gives back to the disk what can be: the write-ahead log, and what an empty file once held. */
  shrink(): void {
    if (this.#counts.events + this.#counts.parked === 0) this.#connection.exec("VACUUM");
    this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }

  close(): void {
    this.#connection.close();
  }

  #count(): Counts {
    const row = this.#sql.get`SELECT events, parked, queued_bytes + parked_bytes AS bytes FROM
      (SELECT count(*) AS events, total(bytes) AS queued_bytes FROM queued),
      (SELECT count(*) AS parked, total(bytes) AS parked_bytes FROM parked)`;
    return {
      events: Number(row?.["events"]),
      parked: Number(row?.["parked"]),
      bytes: Number(row?.["bytes"]),
    };
  }
}

function upTo<R extends Envelope>(bytes: number, rows: Iterable<R>): R[] {
  const taken: R[] = [];
  let left = bytes;
  for (const row of rows) {
    left -= row.body.length;
    if (taken.length > 0 && left < 0) break;
    taken.push({ ...row });
  }
  return taken;
}
