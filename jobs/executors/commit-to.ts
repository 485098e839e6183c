import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { CommitOutcome, CommitRequest, Kernel } from "@oms/data-kernel/client.ts";

/** Commits, on a branch that is made when it is not there. */
export async function commitTo(kernel: Kernel, request: CommitRequest): Promise<CommitOutcome> {
  try {
    return await kernel.commit(request);
  } catch (error) {
    if (!isAbsent(error, "branch")) throw error;
    await kernel.createBranch({ name: request.branch });
    return kernel.commit(request);
  }
}

/** Whether the kernel does not know what `field` names. */
export function isAbsent(error: unknown, field: string): boolean {
  return (
    error instanceof ServiceError &&
    error.code === "NOT_FOUND" &&
    error.violations.some((violation) => violation.field === field)
  );
}
