import { invalid } from "@oms/chassis/errors/service-error.ts";
import type { Event } from "@oms/events/event.ts";
import { z } from "zod";

const data = z.object({
  branch: z.string(),
  kind: z.enum(["created", "updated", "deleted"]),
  document: z.object({ id: z.string(), type: z.string(), revision: z.string(), body: z.string().optional() }),
});

/** What a commit did to one document, as the kernel's relay tells it. */
export type CommitEvent = z.infer<typeof data>;

/** INVALID_ARGUMENT on `data` for an event that tells of no commit. */
export function commitEventOf(event: Pick<Event, "data">): CommitEvent {
  const parsed = data.safeParse(event.data);
  if (!parsed.success) throw invalid("data", "must tell what a commit did to a document");
  return parsed.data;
}

/** The ontology's name of a kernel branch, `main` of `dev/oms/main`; undefined for a branch of something else. */
export function ontologyBranchOf(env: string, branch: string): string | undefined {
  const prefix = `${env}/oms/`;
  return branch.startsWith(prefix) ? branch.slice(prefix.length) : undefined;
}
