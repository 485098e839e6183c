import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import type { Change, Document, Precondition, Write } from "./port.ts";

/** What a commit is evaluated against: a branch as of `head` ("" before its first commit). */
export type State<D extends Document> = {
  readonly head: string;
  readonly find: (id: string) => D | undefined;
};

/** One document before and after; undefined where there is none. */
export type Effect<D extends Document> =
  | { readonly before: D | undefined; readonly after: Omit<Document, "revision"> }
  | { readonly before: D; readonly after: undefined };

/** What evaluate looks at; writes that are many need not all be in memory, and may be looked at more than once. */
export type Proposal = {
  readonly writes: Iterable<Write>;
  readonly preconditions: readonly Precondition[];
};

/**
 * What `proposal` changes in `state`, in order of its writes, each looked up when its turn comes. Preconditions are
 * looked at before anything is written, so a refused commit leaves nothing behind.
 * @throws ServiceError ABORTED with every precondition that does not hold.
 */
export function evaluate<D extends Document>(proposal: Proposal, state: State<D>): Iterable<Effect<D>> {
  requireHolding(proposal.preconditions, state);
  return {
    *[Symbol.iterator]() {
      for (const write of proposal.writes) {
        const effect = effectOf(write, state);
        if (effect) yield effect;
      }
    },
  };
}

function requireHolding(preconditions: readonly Precondition[], state: State<Document>): void {
  const violations = preconditions.flatMap((precondition, index): Violation[] => {
    const broken = broke(precondition, state);
    return broken ? [{ field: `preconditions[${index}]`, message: broken }] : [];
  });
  const [first] = violations;
  if (first) throw new ServiceError("ABORTED", `${first.field} does not hold: ${first.message}`, violations);
}

/** `revision` is what the documents after the change get: the commit's id, "" when there is no commit. */
export function changeOf(effect: Effect<Document>, revision: string): Change {
  if (!effect.after) {
    const { id, type, body, revision: last } = effect.before;
    return { kind: "deleted", document: { id, type, body, revision: last } };
  }
  return { kind: effect.before ? "updated" : "created", document: { ...effect.after, revision } };
}

function effectOf<D extends Document>(write: Write, state: State<D>): Effect<D> | undefined {
  if ("put" in write) return { before: state.find(write.put.id), after: write.put };
  const before = state.find(write.delete);
  return before && { before, after: undefined };
}

/** Why a precondition does not hold; undefined when it does. */
function broke(precondition: Precondition, state: State<Document>): string | undefined {
  if ("head" in precondition) {
    const head = precondition.head === BEGINNING ? "" : precondition.head;
    return head === state.head ? undefined : `the head is ${state.head || "no commit yet"}`;
  }
  if ("absent" in precondition) {
    return state.find(precondition.absent) ? "the document exists" : undefined;
  }
  const { id, revision } = precondition.revision;
  const found = state.find(id);
  if (!found) return "the document does not exist";
  return found.revision === revision ? undefined : `the document is at revision ${found.revision}`;
}
