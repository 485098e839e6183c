import { currentContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { subscriber } from "@oms/events/subscriber.ts";
import type { Target } from "../../../ontology/indexing.ts";
import { commitEventOf, ontologyBranchOf } from "../commit-event.ts";
import type { Handler } from "../handler.ts";

/** Brings the index of an object in step; it may be known to be as of a revision of the object already. */
export type IndexAt = (target: Target, revision: string | undefined) => Promise<void>;

const OBJECT = "Object/";

/** Makes every object that a commit changed findable as it now is, whoever committed. */
export function searchHandler(env: string, index: IndexAt): Handler {
  return {
    subscriber: subscriber.parse({ name: "search", domain: "commits", ordered: true, maxDeliver: 50 }),
    async run({ event }) {
      const { kind, document, branch: kernelBranch } = commitEventOf(event);
      const branch = ontologyBranchOf(env, kernelBranch);
      if (branch === undefined || !document.id.startsWith(OBJECT)) return;
      // The kernel's type is `Object/<type>`, its id `Object/<id>`.
      const target = {
        branch,
        id: document.id.slice(OBJECT.length),
        type: document.type.slice(OBJECT.length),
      };
      const revision = kind === "deleted" ? undefined : document.revision;
      const context = { ...currentContext(), branch };
      await runInContext(context, () => index(target, revision)).catch(unlessDone);
    },
  };
}

/** The key was used: an earlier delivery had its effect, and what was written since has an event of its own. */
function unlessDone(error: unknown): void {
  const done = error instanceof ServiceError && error.code === "ALREADY_EXISTS";
  if (!done || !error.violations.some(({ field }) => field === "key")) throw error;
}
