import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { type Change, type Commit, followBranch, type Kernel } from "@oms/data-kernel/client.ts";
import { INDEXED, type IndexedBody, VECTOR, type VectorBody } from "./documents.ts";
import { TrigramIndex } from "./trigrams.ts";
import { decodeVector, type TextVector } from "./vector.ts";
import { type Version, Versions } from "./versions.ts";

const KEPT_VERSIONS = 10_000;

/** What a search reads: the indexed objects as of one commit, and what finds them. */
export type View = {
  readonly objects: (branch: string) => Iterable<Version>;
  /** The vector of a text by its hash, in the loaded model's version. */
  readonly vector: (textHash: string) => TextVector | undefined;
  readonly candidates: (grams: readonly string[]) => ReadonlySet<number>;
};

/** A copy, in this process, of what the embedding branch holds. */
export class Projection {
  readonly #modelVersion: string;
  readonly #vectors = new Map<string, TextVector>();
  readonly #trigrams = new TrigramIndex();
  readonly #versions = new Versions(KEPT_VERSIONS, ({ row }) => this.#trigrams.remove(row));
  readonly #refresh: () => Promise<{ sequence: number }>;

  constructor(kernel: Kernel, branch: string, modelVersion: string) {
    this.#modelVersion = modelVersion;
    const { refresh } = followBranch(kernel, branch, {
      apply: (commit, changes) => this.#apply(commit, changes),
      clear: () => this.#clear(),
    });
    this.#refresh = refresh;
  }

  /** Everything the caller may see: the newest state, or in a shadow call the state its authority read. */
  async view(): Promise<View> {
    const { sequence } = await this.#refresh();
    if (sequence < this.#versions.horizon)
      throw new ServiceError("UNAVAILABLE", "the index no longer remembers what it was then");
    return {
      objects: (branch) => this.#versions.at(branch, sequence),
      vector: (textHash) => this.#vectors.get(textHash),
      candidates: (grams) => this.#trigrams.candidates(grams),
    };
  }

  #apply({ sequence }: Commit, changes: readonly Change[]): void {
    for (const { kind, document } of changes) {
      if (document.type === VECTOR && kind === "created") this.#addVector(document.body as VectorBody);
      if (document.type === INDEXED) this.#index(kind, document.body as IndexedBody, sequence);
    }
  }

  #clear(): void {
    this.#vectors.clear();
    this.#trigrams.clear();
    this.#versions.clear();
  }

  #addVector(body: VectorBody): void {
    if (body.modelVersion !== this.#modelVersion) return;
    const { poorlyCovered, truncated } = body;
    this.#vectors.set(body.textHash, { vector: decodeVector(body.vector), poorlyCovered, truncated });
  }

  #index(kind: Change["kind"], { branch, id, type, text, textHash }: IndexedBody, from: number): void {
    if (kind === "deleted") this.#versions.remove(branch, id, from);
    else this.#trigrams.add(this.#versions.put(branch, { id, type, text, textHash, from }).row, text);
  }
}
