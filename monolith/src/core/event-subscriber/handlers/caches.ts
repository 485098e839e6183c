import type { Delivery, Following } from "@oms/events/delivery.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import { commitEventOf, ontologyBranchOf } from "../commit-event.ts";

/** What OMS remembers of the ontology and is to forget when somebody, here or elsewhere, commits. */
export type Memory = {
  /** A kernel document was changed on a branch of the ontology. */
  readonly forget: (branch: string, document: string) => void;
  /** Whether every change is told from now on. What was remembered before is to be forgotten either way. */
  readonly told: (everything: boolean) => void;
};

/** Each instance of OMS has a memory of its own. */
export const CACHES = subscriber.parse({ name: "caches", domain: "commits", follow: true });

/** Keeps a memory true by following the commits; while more than one follows, during a handover, each is enough. */
export class Caches {
  readonly #env: string;
  readonly #memory: Memory;
  readonly #standing = new Set<Following>();

  constructor(env: string, memory: Memory) {
    this.#env = env;
    this.#memory = memory;
  }

  /** One more look at the commits. */
  follow(): Following {
    const following: Following = {
      event: (delivery) => this.#event(delivery),
      stands: (is) => this.#stands(following, is),
      gap: () => this.#memory.told(this.#standing.size > 0),
    };
    return following;
  }

  #event({ event }: Delivery): void {
    const { branch, document } = commitEventOf(event);
    const ontologyBranch = ontologyBranchOf(this.#env, branch);
    if (ontologyBranch !== undefined) this.#memory.forget(ontologyBranch, document.id);
  }

  #stands(following: Following, is: boolean): void {
    const before = this.#standing.size > 0;
    if (is) this.#standing.add(following);
    else this.#standing.delete(following);
    const now = this.#standing.size > 0;
    if (now !== before) this.#memory.told(now);
  }
}
