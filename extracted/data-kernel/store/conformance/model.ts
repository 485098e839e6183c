import type { StoreCommit, Write } from "../port.ts";

type Entry = { readonly type: string; readonly body: string; readonly revision: string };
type State = ReadonlyMap<string, Entry>;
type Moment = { readonly commit: string; readonly state: State };
/** How many of its origin's moments a branch started with. */
type Start = { readonly origin: string; readonly moments: number };

/**
 * The store at its simplest, for tests to compare with: every branch is the list of its states, oldest first, with
 * the whole map copied at every commit.
 */
export class ModelStore {
  readonly #branches = new Map<string, Moment[]>();
  readonly #starts = new Map<string, Start>();
  readonly #keys = new Map<string, { readonly fingerprint: string; readonly commit: string }>();

  createBranch(name: string, origin: string, at: string): void {
    const moments = this.#until(origin, at);
    this.#branches.set(name, moments);
    this.#starts.set(name, { origin, moments: moments.length });
  }

  /** `to` is a commit of the branch; "" the state before any. */
  resetBranch(name: string, to: string): "done" | "FAILED_PRECONDITION" {
    const moments = to === "" ? [] : this.#until(name, to);
    if (this.#startedAfter(name, moments.length)) return "FAILED_PRECONDITION";
    this.#branches.set(name, moments);
    const start = this.#starts.get(name);
    if (start) this.#starts.set(name, { ...start, moments: Math.min(start.moments, moments.length) });
    this.#forgetKeys(name, moments);
    return "done";
  }

  deleteBranch(name: string): "done" | "FAILED_PRECONDITION" {
    if (this.#startedAfter(name, -1)) return "FAILED_PRECONDITION";
    this.#branches.delete(name);
    this.#starts.delete(name);
    this.#forgetKeys(name, []);
    return "done";
  }

  /** `id` names the commit when there is one. */
  commit(request: StoreCommit, id: string): { readonly commit: string } | "ALREADY_EXISTS" | "ABORTED" {
    const known = this.#keys.get(`${request.branch} ${request.key}`);
    if (known) return known.fingerprint === request.fingerprint ? { commit: known.commit } : "ALREADY_EXISTS";
    const { commit: head, state } = this.#moment(request.branch, "");
    if (!holds(request, head, state)) return "ABORTED";
    this.#branches.get(request.branch)?.push({ commit: id, state: written(state, request.writes, id) });
    this.#keys.set(`${request.branch} ${request.key}`, { fingerprint: request.fingerprint, commit: id });
    return { commit: id };
  }

  get(branch: string, id: string, at: string): Entry | undefined {
    return this.#moment(branch, at).state.get(id);
  }

  /** Ids of a type, in UTF-8 order. */
  idsOf(branch: string, type: string, at: string): string[] {
    const { state } = this.#moment(branch, at);
    return [...state.keys()].filter((id) => state.get(id)?.type === type).sort(byBytes);
  }

  /** Commit ids, oldest first. */
  history(branch: string): string[] {
    return (this.#branches.get(branch) ?? []).map(({ commit }) => commit);
  }

  #startedAfter(name: string, moments: number): boolean {
    return [...this.#starts.values()].some((start) => start.origin === name && start.moments > moments);
  }

  #forgetKeys(branch: string, left: readonly Moment[]): void {
    for (const [key, { commit }] of this.#keys) {
      if (key.startsWith(`${branch} `) && !left.some((moment) => moment.commit === commit))
        this.#keys.delete(key);
    }
  }

  #until(branch: string, at: string): Moment[] {
    const history = this.#branches.get(branch) ?? [];
    return at === "" ? [...history] : history.slice(0, history.findIndex(({ commit }) => commit === at) + 1);
  }

  #moment(branch: string, at: string): Moment {
    return this.#until(branch, at).at(-1) ?? { commit: "", state: new Map() };
  }
}

function holds(request: StoreCommit, head: string, state: State): boolean {
  return request.preconditions.every((precondition) => {
    if ("head" in precondition) return precondition.head === head;
    if ("absent" in precondition) return !state.has(precondition.absent);
    return state.get(precondition.revision.id)?.revision === precondition.revision.revision;
  });
}

function written(state: State, writes: readonly Write[], revision: string): State {
  const next = new Map(state);
  for (const write of writes) {
    if ("put" in write) next.set(write.put.id, { type: write.put.type, body: write.put.body, revision });
    else next.delete(write.delete);
  }
  return next;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
