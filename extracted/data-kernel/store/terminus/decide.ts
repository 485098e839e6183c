import { internal } from "@oms/chassis/errors/service-error.ts";
import type { Inspect } from "../../hooks/inspect.ts";
import { type Effect, evaluate, type Proposal, type State } from "../evaluate.ts";
import type { Document } from "../port.ts";
import { knownAt, whole } from "./contents.ts";
import type { Database } from "./database.ts";
import type { Known } from "./records.ts";
import { and, binds, having, select } from "./woql.ts";

/** What `evaluate` finds: a document whose body is read when somebody looks at it. */
export type Found = Document & { readonly known: Known };

/** What is decided on: the branch as of one of the server's commits, of which some documents were read already. */
export type Ground = {
  readonly database: Database;
  readonly store: string | undefined;
  readonly head: string;
  readonly known: ReadonlyMap<string, Known>;
  readonly asked: readonly string[];
};

/** Hooks that look at something new in every round would never be done. */
const MOST_ROUNDS = 100;

/**
 * Decides what a proposal changes. The decision is pure and cannot wait for the server: it is made on what has been
 * read, what it missed is read at the same commit, and it is made again until nothing was missing.
 * @throws what `evaluate` throws.
 */
export async function decide(
  proposal: Proposal,
  ground: Ground,
  inspect: Inspect,
): Promise<Iterable<Effect<Found>>> {
  const state = new ReadAhead(ground);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const outcome = attempt(() => evaluate(proposal, state, inspect));
    if (await state.readMissing()) continue;
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.value;
  }
  throw internal(new Error("the hooks always want to see more"));
}

type Outcome<R> = { readonly value: R } | { readonly thrown: unknown };

function attempt<R>(run: () => R): Outcome<R> {
  try {
    return { value: run() };
  } catch (thrown) {
    return { thrown };
  }
}

type Missing = {
  readonly ids: Set<string>;
  readonly bodies: Set<Known>;
  readonly referrers: Set<string>;
};

class ReadAhead implements State<Found> {
  readonly head: string;
  readonly #ground: Ground;
  readonly #known: Map<string, Known>;
  readonly #asked: Set<string>;
  readonly #bodies = new Map<Known, string>();
  readonly #referrers = new Map<string, readonly string[]>();
  #missing: Missing = nothing();

  constructor(ground: Ground) {
    this.head = ground.head;
    this.#ground = ground;
    this.#known = new Map(ground.known);
    this.#asked = new Set(ground.asked);
  }

  readonly find = (id: string): Found | undefined => {
    const known = this.#known.get(id);
    if (!known) {
      if (!this.#asked.has(id)) this.#missing.ids.add(id);
      return undefined;
    }
    const body = () => this.#bodyOf(known);
    return {
      id,
      type: known.type,
      revision: known.revision,
      known,
      get body() {
        return body();
      },
    };
  };

  readonly referrers = (target: string, limit: number): readonly string[] => {
    const found = this.#referrers.get(target);
    if (!found) this.#missing.referrers.add(target);
    return found?.slice(0, limit) ?? [];
  };

  #bodyOf(known: Known): string {
    if ("body" in known.content) return known.content.body;
    const body = this.#bodies.get(known);
    if (body !== undefined) return body;
    this.#missing.bodies.add(known);
    // Whoever looks must not go on, and remember, with a body that is not the document's.
    throw new Error("the body has not been read yet");
  }

  /** False when there was nothing to read. */
  async readMissing(): Promise<boolean> {
    const { ids, bodies, referrers } = this.#missing;
    this.#missing = nothing();
    const { database, store } = this.#ground;
    const found = await knownAt(database, store, [...ids]);
    for (const [id, known] of found) this.#known.set(id, known);
    for (const id of ids) this.#asked.add(id);
    const read = store === undefined ? [] : await whole(database, store, [...bodies]);
    for (const [n, known] of [...bodies].entries()) this.#bodies.set(known, read[n]?.body ?? "");
    for (const target of referrers) this.#referrers.set(target, await this.#referrersOf(target));
    return ids.size + bodies.size + referrers.size > 0;
  }

  async #referrersOf(target: string): Promise<string[]> {
    const { database, store } = this.#ground;
    if (store === undefined) return [];
    const wanted = and([having("Document", "refers", target), binds("Document", "documentId", "Id")]);
    const rows = await database.select(`commit/${store}`, select(["Id"], wanted));
    return rows.flatMap((row) => row["Id"] ?? []);
  }
}

function nothing(): Missing {
  return { ids: new Set(), bodies: new Set(), referrers: new Set() };
}
