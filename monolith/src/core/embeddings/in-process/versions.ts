/** What was true of one object from the commit `from` on, until before the commit `to`. */
export type Version = {
  readonly id: string;
  readonly type: string;
  readonly text: string;
  readonly textHash: string;
  readonly from: number;
  to: number;
  /** Row of the version in the trigram index. */
  readonly row: number;
};

/**
 * The indexed objects of every ontology branch, as they are and as they were. A shadow call answers as of the commit
 * its authority read, which is moments ago: `kept` superseded versions are remembered, then the oldest are forgotten.
 */
export class Versions {
  readonly #branches = new Map<string, Map<string, Version[]>>();
  readonly #superseded: { branch: string; version: Version }[] = [];
  readonly #kept: number;
  readonly #forgotten: (version: Version) => void;
  #rows = 0;
  #horizon = 0;

  /** `forgotten` is told of every version that can no longer be asked for. */
  constructor(kept: number, forgotten: (version: Version) => void) {
    this.#kept = kept;
    this.#forgotten = forgotten;
  }

  /** States asked for before this sequence may lack what was forgotten. */
  get horizon(): number {
    return this.#horizon;
  }

  /** The object's state from the commit `from` on. */
  put(branch: string, state: Pick<Version, "id" | "type" | "text" | "textHash" | "from">): Version {
    this.remove(branch, state.id, state.from);
    const version: Version = { ...state, to: Number.POSITIVE_INFINITY, row: ++this.#rows };
    const objects = this.#branches.get(branch) ?? new Map<string, Version[]>();
    this.#branches.set(branch, objects);
    objects.set(state.id, [...(objects.get(state.id) ?? []), version]);
    return version;
  }

  /** The object is gone from the commit `at` on. */
  remove(branch: string, id: string, at: number): void {
    const current = this.#branches.get(branch)?.get(id)?.at(-1);
    if (!current || current.to !== Number.POSITIVE_INFINITY) return;
    current.to = at;
    this.#superseded.push({ branch, version: current });
    if (this.#superseded.length > this.#kept) this.#forgetOldest();
  }

  /** As if nothing had ever been put; rows are not given again. */
  clear(): void {
    this.#branches.clear();
    this.#superseded.length = 0;
    this.#horizon = 0;
  }

  /** The objects of a branch as of a sequence. */
  *at(branch: string, sequence: number): Iterable<Version> {
    for (const versions of this.#branches.get(branch)?.values() ?? [])
      for (const version of versions) if (version.from <= sequence && sequence < version.to) yield version;
  }

  #forgetOldest(): void {
    const oldest = this.#superseded.shift();
    if (!oldest) return;
    const { branch, version } = oldest;
    this.#horizon = version.to;
    const objects = this.#branches.get(branch);
    const left = objects?.get(version.id)?.filter((other) => other !== version) ?? [];
    if (left.length > 0) objects?.set(version.id, left);
    else objects?.delete(version.id);
    this.#forgotten(version);
  }
}
