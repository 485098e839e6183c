import { randomBytes } from "node:crypto";
import { bareProblem, problem } from "./problem.ts";

export type Doc = { readonly "@id": string; readonly "@type": string; readonly [field: string]: unknown };
export type Documents = ReadonlyMap<string, Doc>;
export type Schema = readonly { readonly [field: string]: unknown }[];

/** Everything as of one commit. */
export type State = { readonly schema: Schema; readonly documents: Documents };

export type Commit = State & {
  readonly id: string;
  readonly parent: string | undefined;
  readonly author: string;
  readonly message: string;
  readonly timestamp: number;
  readonly initial: boolean;
};

export type Info = { readonly author: string; readonly message: string };

/** Two per worker (contract sheet, 10), and the double has two workers. */
const MAX_RETRIES = 4;

/** A database: its commits, which are never lost, and its branches, which point at some of them. */
export class Repository {
  readonly commits = new Map<string, Commit>();
  readonly branches = new Map<string, string>();
  /** Of the server this was cloned from: its address, and its branches as of the last fetch. */
  remote: { readonly url: string; readonly branches: ReadonlyMap<string, string> } | undefined;
  /** All branches contend for one label (contract sheet, 0.10). */
  #label = 0;
  /** Runs between a transaction's work and its becoming visible. */
  beforeCommit: () => Promise<void> = async () => {};

  constructor() {
    this.branches.set(
      "main",
      this.#add({ schema: [], documents: new Map() }, { author: "system", message: "" }),
    );
  }

  /** `operation` names the endpoint in its errors. */
  headOf(branch: string, operation: string): Commit {
    const commit = this.commits.get(this.branches.get(branch) ?? "");
    if (commit) return commit;
    throw problem(operation, "UnresolvableAbsoluteDescriptor", { "api:absolute_descriptor": branch });
  }

  /** No mapping exists for an unknown commit in a path: 500 (contract sheet, 2). */
  commitInPath(id: string): Commit {
    const commit = this.commits.get(id);
    if (commit) return commit;
    throw problem("Unhandled", "InternalServerError", {}, 500);
  }

  point(branch: string, commit: string): void {
    this.branches.set(branch, commit);
    this.#label += 1;
  }

  remove(branch: string): void {
    this.branches.delete(branch);
    this.#label += 1;
  }

  /**
   * Runs `work` on the head and makes what it gives the next head. When another transaction was quicker the work is
   * run again on the new head, without anything that was checked before it (contract sheet, 0.3 and 0.4). A result
   * that changes nothing makes no commit.
   */
  async transact(
    branch: string,
    { operation, info }: { readonly operation: string; readonly info: Info },
    work: (state: State) => State,
  ): Promise<Commit> {
    for (let n = 0; n < MAX_RETRIES; n += 1) {
      const label = this.#label;
      const head = this.headOf(branch, operation);
      const next = work(head);
      await this.beforeCommit();
      if (label !== this.#label) continue;
      if (next === head) return head;
      const parent = head.initial ? undefined : head.id;
      this.point(branch, this.#add(next, info, parent));
      return this.headOf(branch, operation);
    }
    throw bareProblem(500, "Transaction retry count exceeded");
  }

  /** A commit of its own, on no branch: what squash makes. */
  detach(state: State, info: Info): string {
    return this.#add(state, info);
  }

  #add({ schema, documents }: State, info: Info, parent?: string): string {
    const id = BigInt(`0x${randomBytes(20).toString("hex")}`)
      .toString(36)
      .padStart(31, "0");
    const initial = info.author === "system";
    this.commits.set(id, { id, parent, schema, documents, ...info, timestamp: Date.now() / 1000, initial });
    return id;
  }
}
