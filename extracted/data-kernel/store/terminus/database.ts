import { z } from "zod";
import { type Patience, repeat } from "./backoff.ts";
import { Refused } from "./errors.ts";
import type { Answer, Call, Exchange } from "./exchange.ts";
import { shortId } from "./names.ts";
import { and, type Query, type Stored } from "./woql.ts";

/** Where to read: a branch is whatever its head is when asked, a commit never changes. */
export type Place = `branch/${string}` | `commit/${string}`;

/** Documents by id, all as of `commit`; one that is not there is not in the map. */
export type Snapshot = { readonly commit: string; readonly documents: ReadonlyMap<string, unknown> };

/** Which database of which server's, by the names it has there. */
export type DatabaseName = { readonly organization: string; readonly database: string };

export type CommitInfo = { readonly author: string; readonly message: string };

type Written = { readonly documents: readonly Stored[]; readonly query: Readonly<Record<string, string>> };

const READ_TRIES = 4;
/** What one request may ask for, so that one answer stays of a size that both sides can hold. */
const IDS_PER_READ = 200;

const documents = z.array(z.looseObject({ "@id": z.string() }));
/** A value is a node's id, or typed text. */
const binding = z.record(
  z.string(),
  z.union([z.string(), z.object({ "@value": z.string() }).transform((literal) => literal["@value"])]),
);
const bindings = z.object({ bindings: z.array(binding) });
const branches = z.array(z.object({ name: z.string() }));

/**
 * One database's part of the HTTP API, in the adapter's words. Reads are repeated until they are answered or have
 * failed too often; writes are sent once, for only the caller can tell what a silence means.
 */
export class Database {
  readonly name: DatabaseName;
  readonly #exchange: Exchange;
  readonly #patience: Patience;

  constructor(exchange: Exchange, name: DatabaseName, patience: Patience) {
    this.#exchange = exchange;
    this.name = name;
    this.#patience = patience;
  }

  /** `ORG/DB`, with `rest` behind it. */
  path(rest = ""): string {
    const { organization, database } = this.name;
    return `${organization}/${database}${rest && `/${rest}`}`;
  }

  /** However many documents are asked for, all are of one commit. */
  async read(place: Place, ids: readonly string[]): Promise<Snapshot> {
    const found = new Map<string, unknown>();
    let from = place;
    let commit = "";
    for (let start = 0; start === 0 || start < ids.length; start += IDS_PER_READ) {
      const body = { ids: ids.slice(start, start + IDS_PER_READ), as_list: true };
      const path = `document/${this.path(`local/${from}`)}`;
      const answer = await this.ask({ method: "GET", readByPost: true, path, body });
      commit ||= required(answer.commit, path);
      from = `commit/${commit}`;
      for (const document of understood(documents, answer)) found.set(shortId(document["@id"]), document);
    }
    return { commit, documents: found };
  }

  async documentsOf(place: Place, type: string): Promise<unknown[]> {
    const path = `document/${this.path(`local/${place}`)}`;
    return understood(documents, await this.ask({ method: "GET", path, query: { type, as_list: "true" } }));
  }

  async select(place: Place, query: Query): Promise<Record<string, string>[]> {
    const path = `woql/${this.path(`local/${place}`)}`;
    const answer = await this.ask({ method: "POST", path, body: { query } });
    return understood(bindings, answer).bindings;
  }

  /**
   * Does all of `parts` in one transaction, or nothing. Gives the server's id of the commit it became; undefined when
   * a condition among the parts did not hold.
   */
  async transact(branch: string, parts: readonly Query[], info: CommitInfo): Promise<string | undefined> {
    const path = `woql/${this.path(`local/branch/${branch}`)}`;
    const answer = await this.send({
      method: "POST",
      path,
      body: { query: and(parts), commit_info: info },
    });
    if (understood(bindings, answer).bindings.length === 0) return undefined;
    return required(answer.commit, path);
  }

  /** Inserts documents that are not there yet. @throws Refused ALREADY_EXISTS when one is. */
  async insert(branch: string, documents: readonly Stored[], info: CommitInfo): Promise<void> {
    await this.#write("POST", branch, { documents, query: { ...info } });
  }

  /** Writes documents, whether they are there or not. */
  async put(branch: string, documents: readonly Stored[], info: CommitInfo): Promise<void> {
    await this.#write("PUT", branch, { documents, query: { ...info, create: "true" } });
  }

  async branches(): Promise<string[]> {
    const path = `document/${this.path("local/_commits")}`;
    const query = { type: "Branch", as_list: "true" };
    return understood(branches, await this.ask({ method: "GET", path, query })).map(({ name }) => name);
  }

  async #write(method: "POST" | "PUT", branch: string, { documents, query }: Written): Promise<void> {
    const path = `document/${this.path(`local/branch/${branch}`)}`;
    const ids = understood(z.array(z.string()), await this.send({ method, path, query, body: documents }));
    if (ids.length === documents.length) return;
    throw new Refused("INTERNAL", "", `${documents.length} documents were sent and ${ids.length} stored`);
  }

  /** A read: asked again when it was not answered. */
  ask(call: Call): Promise<Answer> {
    const worth = (error: unknown) => error instanceof Refused && error.isFailure;
    return repeat(() => this.#exchange.ask(call), { tries: READ_TRIES, worth }, this.#patience);
  }

  send(call: Call): Promise<Answer> {
    return this.#exchange.ask(call);
  }
}

/** The answer as `schema` has it; one of another shape counts as none. */
export function understood<S extends z.ZodType>(schema: S, { body }: Answer): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new Refused("INTERNAL", "", "TerminusDB answered what cannot be understood", result.error);
}

function required(commit: string, path: string): string {
  if (commit) return commit;
  throw new Refused("INTERNAL", "", `${path} did not say which commit it is of`);
}
