import { existsSync, readFileSync } from "node:fs";
import { traceIdOf } from "@oms/chassis/context/traceparent.ts";
import type { Change, Commit, Kernel } from "@oms/data-kernel/client.ts";
import { wholeLog } from "../audit.ts";
import { commitEvents } from "../commit-events.ts";

export type Step = { readonly name: string; readonly traceId: string | undefined };

type Found = { readonly commit: Commit; readonly change: Change };

/** The first commit of a branch that changed such a document; throws while there is none. */
export async function commitOf(
  kernel: Kernel,
  branch: string,
  isIt: (found: Found) => boolean,
): Promise<Commit> {
  for (const { commit, changes } of await wholeLog(kernel, branch))
    if (changes.some((change) => isIt({ commit, change }))) return commit;
  throw new Error(`no such commit on ${branch}`);
}

/** The event of a document's last change; throws while there is none. */
export async function eventOf(natsUrl: string, branch: string, document: string) {
  const event = (await commitEvents(natsUrl, branch)).findLast(({ subject }) => subject === document);
  if (!event) throw new Error(`no event of ${document}`);
  return { identity: `/branches/${branch} ${event.id}`, traceId: traceIdOf(event.traceparent ?? "") };
}

/** The trace that a subscriber of the story had an event in; undefined while it has not had it. */
export function traceSeen(file: string, identity: string): string | undefined {
  if (!existsSync(file)) return undefined;
  for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
    const seen = JSON.parse(line) as { identity: string; traceparent: string };
    if (seen.identity === identity) return traceIdOf(seen.traceparent);
  }
  return undefined;
}
