import { randomUUID } from "node:crypto";
import type { State, Store } from "../store/port.ts";
import { LEADER, readLeader, type Trouble } from "./records.ts";

type Seen = { readonly version: number; readonly atMs: number };

/**
 * Makes one of the kernels the leader. The state changes with every renewal; a kernel that has watched it stand still
 * for as long as a lease lasts takes it. Only time that passed here is measured, so no two clocks are compared.
 */
export class Lease {
  readonly #store: Store;
  readonly #leaseMs: number;
  readonly #monotonicMs: () => number;
  readonly #owner = randomUUID();
  #seen: Seen | undefined;
  #heldUntilMs = Number.NEGATIVE_INFINITY;

  constructor(store: Store, leaseMs: number, monotonicMs: () => number = () => performance.now()) {
    this.#store = store;
    this.#leaseMs = leaseMs;
    this.#monotonicMs = monotonicMs;
  }

  /** False as soon as another kernel may think itself the leader. */
  get isHeld(): boolean {
    return this.#monotonicMs() < this.#heldUntilMs;
  }

  /** Renews the lease in good time, with what the leader has to report, or takes one that nobody renews. */
  async hold(troubles: readonly Trouble[]): Promise<boolean> {
    const from = this.#monotonicMs();
    if (this.#heldUntilMs - from > this.#leaseMs * (2 / 3)) return true;
    const found = await this.#store.readState(LEADER);
    if (!this.#mayTake(found)) return this.#lose();
    const value = JSON.stringify({ owner: this.#owner, troubles });
    if (!(await this.#store.writeState({ name: LEADER, value, version: found?.version ?? 0 })))
      return this.#lose();
    this.#heldUntilMs = from + this.#leaseMs;
    return true;
  }

  /** Lets go, so that another kernel need not wait. */
  async release(): Promise<void> {
    this.#lose();
    const found = await this.#store.readState(LEADER);
    if (found && readLeader(found.value).owner === this.#owner)
      await this.#store.writeState({ name: LEADER, value: undefined, version: found.version });
  }

  #lose(): false {
    this.#heldUntilMs = Number.NEGATIVE_INFINITY;
    return false;
  }

  #mayTake(found: State | undefined): boolean {
    if (!found || readLeader(found.value).owner === this.#owner) return true;
    const now = this.#monotonicMs();
    if (this.#seen?.version !== found.version) this.#seen = { version: found.version, atMs: now };
    return now - this.#seen.atMs >= this.#leaseMs;
  }
}
