import { openChannel } from "@oms/chassis/grpc-channel.ts";
import { KernelServiceDefinition } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { type Follower, follow, type Projection } from "./client/follow.ts";
import { KernelClient } from "./client/kernel-client.ts";
import type { Kernel } from "./client/types.ts";
import { MAX_MESSAGE_BYTES } from "./limits.ts";

export type {
  Branch,
  Change,
  ChangesPage,
  ChangesRequest,
  Commit,
  CommitOutcome,
  CommitRequest,
  CreateBranchRequest,
  DeleteBranchRequest,
  Difference,
  DiffPage,
  DiffRequest,
  Doc,
  HistoryPage,
  HistoryRequest,
  Kernel,
  LogPage,
  LogRequest,
  Moment,
  Precondition,
  QueryPage,
  QueryRequest,
  Reference,
  ResetBranchRequest,
  StreamRequest,
  TypeSchema,
  UpdateSchemaOutcome,
  UpdateSchemaRequest,
  Write,
} from "./client/types.ts";

export type KernelOptions = {
  /** host:port of one kernel, or of several with commas between. */
  readonly address: string;
  /** Off where the caller brings its own. */
  readonly breaker?: boolean;
  /** What a kernel that authenticates its callers knows this one by. */
  readonly token?: string | undefined;
};

/** Nothing is sent before the first call. */
export function connectKernel({ token, ...options }: KernelOptions): Kernel {
  return new KernelClient(
    openChannel(KernelServiceDefinition, {
      ...options,
      ...(token !== undefined && { token }),
      maxMessageBytes: MAX_MESSAGE_BYTES,
    }),
  );
}

/**
 * Keeps a local projection of a branch: `apply` sees every commit once, in order. When the branch was reset behind
 * what has been applied, or deleted, it is cleared and sees all commits again. `refresh` resolves when all that was
 * committed before it was called has been applied, and says up to where its caller may read, before it waits for
 * anything else: the head, or in a shadow call the commit noted in `context.reads`. A branch that does not exist:
 * head "", sequence 0.
 */
export function followBranch(kernel: Kernel, branch: string, projection: Projection): Follower {
  return follow(kernel, branch, projection);
}
