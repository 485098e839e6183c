import { currentContext, newContext, runInContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";

/** Commits, on a branch that is made when it is not there. */
export async function commitOn(
  kernel: Pick<Kernel, "commit" | "createBranch">,
  request: CommitRequest,
): Promise<CommitOutcome> {
  try {
    return await kernel.commit(request);
  } catch (error) {
    if (!isAbout(error, "NOT_FOUND", "branch")) throw error;
    await kernel.createBranch({ name: request.branch });
    return kernel.commit(request);
  }
}

/** Whether the kernel says `code` of a field. */
export function isAbout(error: unknown, code: ServiceError["code"], named: string): error is ServiceError {
  return (
    error instanceof ServiceError &&
    error.code === code &&
    error.violations.some(({ field }) => field === named)
  );
}

/** Runs what is nobody's call: no deadline, key, pinned commit or shadow reaches into it. */
export function unattended<R>(run: () => R, known: { author?: string; traceparent?: string } = {}): R {
  const { traceparent } = currentContext();
  return runInContext(newContext({ author: "events@oms", traceparent, ...known }), run);
}
