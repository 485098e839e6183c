import assert from "node:assert/strict";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import fc from "fast-check";
import { BEGINNING } from "../../limits.ts";
import type { Precondition, Store, StoreCommit } from "../port.ts";
import { ModelStore } from "./model.ts";
import { type Assert, IDS, type Step, step, TYPES } from "./steps.ts";

let walks = 0;

/** Takes a store and the model through `runs` random sequences, and asks both the same. */
export async function walkAtRandom(store: Store, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      walks += 1;
      const walk = new Walk(store, `test/walk${walks}`);
      await walk.begin();
      for (const each of steps) await walk.take(each);
      await walk.readEverything();
    }),
    { numRuns: runs },
  );
}

/** One sequence against both. */
class Walk {
  readonly #store: Store;
  readonly #model = new ModelStore();
  readonly #prefix: string;
  readonly #branches: string[] = [];
  #made = 0;

  constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  async begin(): Promise<void> {
    await this.#branch("", "");
  }

  async take(step: Step): Promise<void> {
    if (step.kind === "commit") return this.#commit(step);
    if (step.kind === "read") return this.#read(this.#pick(step.branch), step.commit);
    if (step.kind === "reset") return this.#reset(this.#pick(step.branch), step.commit);
    if (step.kind === "delete") return this.#delete(this.#pick(step.branch));
    const origin = this.#pick(step.origin);
    await this.#branch(origin, this.#commitOf(origin, step.commit));
  }

  async readEverything(): Promise<void> {
    for (const branch of this.#branches) {
      const history = this.#model.history(branch);
      const told = await this.#store.changes({ branch, after: "", at: "", limit: 1000 });
      assert.deepEqual(
        told.commits.map(({ commit }) => commit.id),
        history,
      );
      for (let n = 0; n <= history.length; n += 1) await this.#read(branch, n);
    }
  }

  async #branch(origin: string, at: string): Promise<void> {
    this.#made += 1;
    const name = `${this.#prefix}/b${this.#made}`;
    this.#model.createBranch(name, origin, at);
    await this.#store.createBranch({ name, origin, at, timeMs: 1 });
    this.#branches.push(name);
  }

  async #commit(step: Extract<Step, { kind: "commit" }>): Promise<void> {
    const branch = this.#pick(step.branch);
    const request: StoreCommit = {
      branch,
      key: `k${step.key}`,
      fingerprint: step.fingerprint,
      author: "alice@oms",
      message: "random",
      traceId: "",
      timeMs: 1,
      writes: step.writes,
      preconditions: step.asserts.map((each) => this.#precondition(branch, each)),
    };
    const outcome = await this.#store.commit(request).catch(codeOf);
    const id = typeof outcome === "string" ? "" : (outcome.commit?.id ?? "");
    const expected = this.#model.commit(request, id);
    assert.deepEqual(typeof outcome === "string" ? outcome : { commit: id }, expected);
  }

  async #read(branch: string, commit: number): Promise<void> {
    const at = this.#commitOf(branch, commit);
    for (const id of IDS) {
      const { document } = await this.#store.get({ branch, id, at });
      const expected = this.#model.get(branch, id, at);
      assert.deepEqual(document, expected && { id, ...expected });
    }
    for (const type of TYPES) {
      const page = await this.#store.query({
        branch,
        type,
        at,
        prefix: "",
        descending: false,
        afterId: "",
        limit: 1000,
      });
      assert.deepEqual(
        page.documents.map(({ id }) => id),
        this.#model.idsOf(branch, type, at),
      );
    }
  }

  async #reset(name: string, commit: number): Promise<void> {
    const to = this.#commitOf(name, commit);
    const outcome = await outcomeOf(this.#store.resetBranch({ ...REWRITE, name, to: to || BEGINNING }));
    assert.deepEqual(outcome, this.#model.resetBranch(name, to));
  }

  /** The first branch stays. */
  async #delete(name: string): Promise<void> {
    if (name === this.#branches[0]) return;
    const outcome = await outcomeOf(this.#store.deleteBranch({ ...REWRITE, name }));
    assert.deepEqual(outcome, this.#model.deleteBranch(name));
    if (outcome === "done") this.#branches.splice(this.#branches.indexOf(name), 1);
  }

  #precondition(branch: string, { kind, id, commit, honest }: Assert): Precondition {
    if (kind === "absent") return { absent: id };
    const history = this.#model.history(branch);
    if (kind === "head") return { head: honest ? (history.at(-1) ?? "") : this.#commitOf(branch, commit) };
    const revision = honest ? this.#model.get(branch, id, "")?.revision : this.#commitOf(branch, commit);
    return { revision: { id, revision: revision ?? "none" } };
  }

  #pick(n: number): string {
    return this.#branches[n % this.#branches.length] ?? "";
  }

  /** Any commit of the branch, or "" for its head. */
  #commitOf(branch: string, n: number): string {
    const history = this.#model.history(branch);
    return history[n % (history.length + 1)] ?? "";
  }
}

const REWRITE = { head: "", token: "", nowMs: 1 };

function codeOf(error: unknown): string {
  assert(error instanceof ServiceError);
  return error.code;
}

function outcomeOf(call: Promise<unknown>): Promise<string> {
  return call.then(() => "done", codeOf);
}
