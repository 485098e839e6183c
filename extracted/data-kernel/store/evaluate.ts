import { ServiceError, type Violation } from "@oms/chassis/errors/service-error.ts";
import { askingService } from "../asking-service.ts";
import type { Proposed } from "../hooks/hook.ts";
import type { Base, Inspect } from "../hooks/inspect.ts";
import { BEGINNING } from "../limits.ts";
import type { Change, CommitTerms, Document, Precondition, Write } from "./port.ts";
import { idOf, type Writes } from "./writes.ts";

/** What a commit is evaluated against: a branch as of `head` ("" before its first commit). */
export type State<D extends Document> = Omit<Base, "find"> & {
  readonly head: string;
  readonly find: (id: string) => D | undefined;
};

/** One document before and after; undefined where there is none. */
type Difference<D extends Document> =
  | { readonly before: D | undefined; readonly after: Omit<Document, "revision"> }
  | { readonly before: D; readonly after: undefined };

export type Effect<D extends Document> = Difference<D> & {
  /** Ids of the documents it refers to afterwards, each once: kept with the version, for `State.referrers`. */
  readonly refers: readonly string[];
};

/** What evaluate looks at; the writes may be looked at more than once. */
export type Proposal = Pick<
  CommitTerms,
  "branch" | "author" | "caller" | "message" | "timeMs" | "preconditions"
> & {
  readonly writes: Writes;
};

/**
 * What `proposal` changes in `state`, in order of its writes, each looked up when its turn comes. Preconditions and
 * hooks are looked at before anything is written, so a refused commit leaves nothing behind.
 * @throws ServiceError ABORTED with every precondition that does not hold, FAILED_PRECONDITION with what `inspect`
 * finds.
 */
export function evaluate<D extends Document>(
  proposal: Proposal,
  state: State<D>,
  inspect: Inspect,
): Iterable<Effect<D>> {
  const { writes, preconditions } = proposal;
  requireHolding(preconditions, state);
  const { findings, refers } = inspect({ proposed: proposedOf(proposal), writes, base: state });
  if (findings.count > 0) throw findings.refusal();
  return {
    *[Symbol.iterator]() {
      for (const write of writes) {
        const difference = differenceOf(write, state);
        if (difference) yield { ...difference, refers: refers.get(idOf(write)) ?? [] };
      }
    },
  };
}

/** Of who asks, hooks see no more than policies judge by. */
function proposedOf({ branch, author, caller, message, timeMs }: Proposal): Proposed {
  return { branch, author, service: askingService({ author, caller }), message, timeMs };
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
export function changeOf(effect: Difference<Document>, revision: string): Change {
  if (!effect.after) {
    const { id, type, body, revision: last } = effect.before;
    return { kind: "deleted", document: { id, type, body, revision: last } };
  }
  return { kind: effect.before ? "updated" : "created", document: { ...effect.after, revision } };
}

function differenceOf<D extends Document>(write: Write, state: State<D>): Difference<D> | undefined {
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
