import { type CallContext, currentContext } from "@oms/chassis/context/context.ts";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { DeepPartial, GetRequest, KernelServiceClient } from "@oms/protos/oms/kernel/v1/kernel.ts";
import { modeOf, nextPage } from "./call.ts";
import { noteRead, pinnedCommit } from "./reads.ts";
import { retryUnavailable } from "./retry.ts";
import type {
  Branch,
  CreateBranchRequest,
  DeleteBranchRequest,
  DiffPage,
  DiffRequest,
  Moment,
  ResetBranchRequest,
} from "./types.ts";
import { toDoc } from "./wire.ts";

export async function createBranch(
  client: KernelServiceClient,
  { name, origin = "", at = "", maxAgeMs = 0 }: CreateBranchRequest,
): Promise<Branch> {
  const asked = { name, origin, at, maxAgeMs, mode: modeOf(currentContext()) };
  return branchOf(await retryUnavailable(() => client.createBranch(asked)));
}

export async function resetBranch(
  client: KernelServiceClient,
  { name, to, head = "" }: ResetBranchRequest,
): Promise<Branch> {
  const asked = { name, to, head, mode: modeOf(currentContext()) };
  return branchOf(await retryUnavailable(() => client.resetBranch(asked)));
}

export async function deleteBranch(
  client: KernelServiceClient,
  { name, head = "" }: DeleteBranchRequest,
): Promise<void> {
  const asked = { name, head, mode: modeOf(currentContext()) };
  let repeated = false;
  await retryUnavailable(async () => {
    try {
      await client.deleteBranch(asked);
    } catch (error) {
      // An attempt whose answer was lost has deleted it.
      if (!(repeated && error instanceof ServiceError && error.code === "NOT_FOUND")) throw error;
    } finally {
      repeated = true;
    }
  });
}

export async function diff<T>(client: KernelServiceClient, request: DiffRequest): Promise<DiffPage<T>> {
  const context = currentContext();
  const { from, to, pageSize = 0, pageToken = "" } = request;
  const first = !pageToken;
  const asked = {
    from: first ? pinned(context, from) : { at: "", ...from },
    to: first ? pinned(context, to) : { at: "", ...to },
    pageSize,
    pageToken,
  };
  const reply = await retryUnavailable(() => client.diff(asked));
  if (first && from.at === undefined) noteRead(context, from.branch, reply.from);
  if (first && to.at === undefined) noteRead(context, to.branch, reply.to);
  const differences = [];
  for (const { id, before, after: told, afterLeftOut } of reply.differences) {
    const after = afterLeftOut ? await documentAt(client, { branch: to.branch, id, at: reply.to }) : told;
    differences.push({ id, before: before && toDoc<T>(before), after: after && toDoc<T>(after) });
  }
  return { differences, from: reply.from, to: reply.to, ...nextPage(reply) };
}

async function documentAt(client: KernelServiceClient, asked: DeepPartial<GetRequest>) {
  return (await retryUnavailable(() => client.get(asked))).document;
}

function pinned(context: CallContext, { branch, at }: Moment) {
  return { branch, at: at ?? pinnedCommit(context, branch) };
}

function branchOf({ branch }: { readonly branch: Branch | undefined }): Branch {
  if (!branch) throw new Error("the kernel answered without the branch");
  return branch;
}
