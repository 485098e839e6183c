import { notFound } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import type { Store } from "../store/port.ts";
import {
  entryNamed,
  type LineName,
  PARKED,
  type Parked,
  parkedName,
  parkedOf,
  readParked,
} from "./records.ts";
import type { Entry, Sink } from "./sink.ts";

type Spot = { readonly sequence: number; readonly n: number };
type Kept = Spot & { readonly parked: Parked };

/**
 * The entries of one line that wait for an operator, by key and in order: the first of a key has failed, the others
 * wait behind it. What is kept is where to find an entry in the log, not the entry.
 */
export class Parking {
  readonly #store: Store;
  readonly #line: LineName;
  readonly #byKey: Map<string, Kept[]>;

  private constructor(store: Store, line: LineName, byKey: Map<string, Kept[]>) {
    this.#store = store;
    this.#line = line;
    this.#byKey = byKey;
  }

  static async load(store: Store, line: LineName): Promise<Parking> {
    const states = await store.listStates(parkedOf(line));
    const kept = states.flatMap(({ name, value }) => {
      const spot = entryNamed(name.slice(PARKED.length));
      return spot ? [{ sequence: spot.sequence, n: spot.n, parked: readParked(value) }] : [];
    });
    kept.sort((a, b) => a.sequence - b.sequence || a.n - b.n);
    return new Parking(
      store,
      line,
      Map.groupBy(kept, ({ parked }) => parked.key),
    );
  }

  get count(): number {
    return [...this.#byKey.values()].reduce((sum, kept) => sum + kept.length, 0);
  }

  blocks(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** Keeps `entry`, behind those of its key that are kept already. Again: nothing more. */
  async add(
    { commit, n, key }: Entry,
    why: { readonly reason: string; readonly nowMs: number },
  ): Promise<void> {
    const others = this.#byKey.get(key) ?? [];
    if (others.some((other) => other.sequence === commit.sequence && other.n === n)) return;
    const parked = {
      commit: commit.id,
      key,
      reason: others[0] ? "waits behind another of its key" : why.reason,
      behind: others.length > 0,
      sinceMs: why.nowMs,
    };
    const kept = { sequence: commit.sequence, n, parked };
    await this.#write(kept, parked);
    this.#byKey.set(key, [...others, kept]);
  }

  /** The first of each key that waits behind nothing any more: it failed at no time. */
  freed(): Spot[] {
    return [...this.#byKey.values()].flatMap(([first]) => (first?.parked.behind ? [first] : []));
  }

  /** Undefined when it is not, or no longer, parked. */
  at({ sequence, n }: Spot): Parked | undefined {
    return this.#find({ sequence, n })?.parked;
  }

  /** The entry itself, from the log. NOT_FOUND when its commit is gone. */
  async entry(sink: Sink, spot: Spot): Promise<Entry> {
    const { commit: at = "" } = this.at(spot) ?? {};
    const { branch } = this.#line;
    const { commits } = await this.#store.log({
      branch,
      at,
      beforeSequence: Number.MAX_SAFE_INTEGER,
      limit: 2,
    });
    const after = commits[1]?.id ?? BEGINNING;
    const { commits: parts } = await this.#store.changes({ branch, after, skip: spot.n, at, limit: 1 });
    const entries = parts.flatMap((part) => sink.entriesOf({ ...part, skip: spot.n }));
    const entry = entries.find(({ n }) => n === spot.n);
    if (!entry) throw notFound("id", `the commit ${at} has no entry ${spot.n} for ${sink.name}`);
    return entry;
  }

  /** It failed again, or for the first time by itself. */
  async failed(spot: Spot, reason: string): Promise<void> {
    const kept = this.#find(spot);
    if (!kept) return;
    const parked = { ...kept.parked, reason, behind: false };
    await this.#write(kept, parked);
    this.#replace(kept, [{ ...kept, parked }]);
  }

  /** Delivered or discarded. */
  async remove(spot: Spot): Promise<void> {
    const kept = this.#find(spot);
    if (!kept) return;
    await this.#write(kept, undefined);
    this.#replace(kept, []);
  }

  #find({ sequence, n }: Spot): Kept | undefined {
    for (const kept of this.#byKey.values()) {
      const found = kept.find((each) => each.sequence === sequence && each.n === n);
      if (found) return found;
    }
    return undefined;
  }

  #replace(kept: Kept, by: readonly Kept[]): void {
    const { key } = kept.parked;
    const left = (this.#byKey.get(key) ?? []).flatMap((each) => (each === kept ? by : [each]));
    if (left.length > 0) this.#byKey.set(key, left);
    else this.#byKey.delete(key);
  }

  async #write({ sequence, n }: Spot, parked: Parked | undefined): Promise<void> {
    const name = parkedName({ ...this.#line, sequence, n });
    const version = (await this.#store.readState(name))?.version ?? 0;
    if (parked === undefined && version === 0) return;
    await this.#store.writeState({ name, value: parked && JSON.stringify(parked), version });
  }
}
