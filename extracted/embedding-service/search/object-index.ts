import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Change } from "@oms/data-kernel/client.ts";
import type { Hit } from "../port.ts";
import { cosine } from "./cosine.ts";
import {
  decodeVector,
  INDEXED,
  type IndexedBody,
  parseIndexed,
  parseVector,
  VECTOR,
  type VectorBody,
} from "./documents.ts";
import { gramsOf, shareFound } from "./trigram.ts";
import { TrigramTable } from "./trigram-table.ts";

/** One state of an object's text, true from one commit's sequence up to another's. */
type Entry = {
  readonly number: number;
  readonly branch: string;
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly textHash: string;
  readonly from: number;
  until: number;
};

/** Where and for what to look: the ontology branch, object types (empty: all), hits at most, and as of when. */
export type Scope = {
  readonly branch: string;
  readonly types: readonly string[];
  readonly k: number;
  /** Sequence of a commit on the embedding branch. */
  readonly sequence: number;
};

type Unreadable = (documentId: string, error: unknown) => void;

/** Superseded states are kept for this many sequences of the kernel's store; shadow searches read among them. */
const KEPT_SEQUENCES = 100_000;

/**
 * What can be found, projected from the documents of the embedding branch. Every answer is as of a sequence, so
 * that a shadow search sees what its authority saw.
 */
export class ObjectIndex {
  readonly #modelVersion: string;
  readonly #unreadable: Unreadable;
  readonly #kept: number;
  readonly #trigrams = new TrigramTable();
  /** By text hash; never removed, because a later object may have the same text. */
  readonly #vectors = new Map<string, Float32Array>();
  /** By document id: the state that is true now. */
  readonly #current = new Map<string, Entry>();
  readonly #byBranch = new Map<string, Map<number, Entry>>();
  /** In the order in which they were superseded. */
  readonly #superseded: Entry[] = [];
  #nextNumber = 1;
  #oldest = 0;

  /** Keeps the vectors of `modelVersion` alone. A document of another shape is told to `unreadable` and not found. */
  constructor(modelVersion: string, unreadable: Unreadable, kept = KEPT_SEQUENCES) {
    this.#modelVersion = modelVersion;
    this.#unreadable = unreadable;
    this.#kept = kept;
  }

  /** States held, superseded ones included. */
  get size(): number {
    return [...this.#byBranch.values()].reduce((sum, entries) => sum + entries.size, 0);
  }

  /** Takes in one commit; commits come in the order of their sequences. */
  apply(sequence: number, changes: readonly Change[]): void {
    for (const change of changes) {
      try {
        this.#take(change, sequence);
      } catch (error) {
        this.#unreadable(change.document.id, error);
      }
    }
    this.#prune(sequence - this.#kept);
  }

  /** Forgets every commit: the branch they were on was rewritten, and comes again from its first. */
  clear(): void {
    this.#trigrams.clear();
    this.#vectors.clear();
    this.#current.clear();
    this.#byBranch.clear();
    this.#superseded.length = 0;
    this.#oldest = 0;
  }

  /** The objects nearest in meaning; poorly covered ones are not among them. */
  nearest(vector: Float32Array, scope: Scope): Hit[] {
    const scored = [...this.#visible(scope)].flatMap((entry) => {
      const known = this.#vectors.get(entry.textHash);
      return known ? [hit(entry, cosine(vector, known), "vector")] : [];
    });
    return best(scored, scope.k);
  }

  /** The objects whose text has most of the query's trigrams, whatever the model knows of its language. */
  containing(query: string, scope: Scope): Hit[] {
    const grams = gramsOf(query);
    const candidates = this.#trigrams.candidates(grams);
    const scored = [...this.#visible(scope)]
      .filter(({ number }) => candidates.has(number))
      .map((entry) => hit(entry, shareFound(grams, entry.text), "trigram"))
      .filter(({ score }) => score > 0);
    return best(scored, scope.k);
  }

  close(): void {
    this.#trigrams.close();
  }

  *#visible({ branch, types, sequence }: Scope): Iterable<Entry> {
    if (sequence < this.#oldest) {
      throw new ServiceError("ABORTED", "the commit to search as of is too long ago");
    }
    const wanted = new Set(types);
    for (const entry of this.#byBranch.get(branch)?.values() ?? []) {
      const then = entry.from <= sequence && sequence < entry.until;
      if (then && (wanted.size === 0 || wanted.has(entry.type))) yield entry;
    }
  }

  #take({ kind, document }: Change, sequence: number): void {
    if (document.type === VECTOR && kind !== "deleted") this.#addVector(parseVector(document.body));
    if (document.type !== INDEXED) return;
    this.#supersede(document.id, sequence);
    if (kind !== "deleted") this.#add(document.id, parseIndexed(document.body), sequence);
  }

  #addVector({ modelVersion, poorlyCovered, textHash, vector }: VectorBody): void {
    if (modelVersion !== this.#modelVersion || poorlyCovered) return;
    this.#vectors.set(textHash, decodeVector(vector));
  }

  #supersede(documentId: string, sequence: number): void {
    const before = this.#current.get(documentId);
    if (!before) return;
    before.until = sequence;
    this.#superseded.push(before);
    this.#current.delete(documentId);
  }

  #add(documentId: string, { branch, id, type, text, textHash }: IndexedBody, from: number): void {
    const number = this.#nextNumber++;
    const entry = { number, branch, id, type, text, textHash, from, until: Number.POSITIVE_INFINITY };
    this.#current.set(documentId, entry);
    const entries = this.#byBranch.get(branch) ?? new Map<number, Entry>();
    this.#byBranch.set(branch, entries.set(number, entry));
    this.#trigrams.add(number, text);
  }

  #prune(horizon: number): void {
    const stays = this.#superseded.findIndex(({ until }) => until > horizon);
    const gone = this.#superseded.splice(0, stays === -1 ? this.#superseded.length : stays);
    for (const { branch, number } of gone) {
      this.#byBranch.get(branch)?.delete(number);
      this.#trigrams.remove(number);
    }
    this.#oldest = Math.max(this.#oldest, horizon);
  }
}

function hit({ id, type, text }: Entry, score: number, match: Hit["match"]): Hit {
  return { id, type, text, score, match };
}

/** The `k` best, ties by id in the order of code units. */
function best(hits: Hit[], k: number): Hit[] {
  return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, k);
}
