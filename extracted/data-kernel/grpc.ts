import {
  ChangeKind,
  type Change as ChangeMessage,
  type CommitFramesRequest,
  type DeepPartial,
  type Difference as DifferenceMessage,
  type KernelServiceImplementation,
  Mode,
  type Precondition as PreconditionMessage,
  type Write as WriteMessage,
} from "@oms/protos/oms/kernel/v1/kernel.ts";
import type { Kernel } from "./kernel.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import { documentBytes } from "./room.ts";
import type { Change, Difference } from "./store/port.ts";

/** KernelService: messages to the kernel's inputs, its answers to messages. */
export function kernelService(kernel: Kernel): KernelServiceImplementation {
  return {
    async commit({ mode, writes, preconditions, ...request }) {
      const input = {
        ...request,
        mode: modeOf(mode),
        writes: writes.map(writeInput),
        preconditions: preconditions.map(preconditionInput),
      };
      const { changes, ...reply } = await kernel.commits.commit(input);
      return { ...reply, changes: changes.map(changeMessage) };
    },
    async *commitFrames(requests) {
      for await (const { changes, ...reply } of kernel.commits.commitFrames(inputsOf(requests))) {
        yield { part: { ...reply, changes: changes.map(changeMessage) } };
      }
    },
    get: (request) => kernel.documents.get(request),
    query: (request) => kernel.documents.query(request),
    streamQuery: (request) => kernel.documents.stream(request),
    log: (request) => kernel.commits.log(request),
    async history(request) {
      const { entries, ...reply } = await kernel.commits.history(request);
      return { ...reply, entries: entries.map(({ commit, kind }) => ({ commit, kind: KINDS[kind] })) };
    },
    async changes(request) {
      const { commits, ...reply } = await kernel.commits.changes(request);
      return {
        ...reply,
        commits: commits.map(({ commit, changes }) => ({ commit, changes: changes.map(changeMessage) })),
      };
    },
    async createBranch({ mode, ...request }) {
      return { branch: await kernel.branches.create({ ...request, mode: modeOf(mode) }) };
    },
    async listBranches() {
      return { branches: await kernel.branches.list() };
    },
    async diff(request) {
      const { differences, ...reply } = await kernel.branches.diff(request);
      return { ...reply, differences: differences.map(differenceMessage) };
    },
    async resetBranch({ mode, ...request }) {
      return { branch: await kernel.branches.reset({ ...request, mode: modeOf(mode) }) };
    },
    async deleteBranch({ mode, ...request }) {
      await kernel.branches.delete({ ...request, mode: modeOf(mode) });
      return {};
    },
    getSchema: (request) => kernel.schemas.get(request),
    updateSchema: ({ mode, ...request }) => kernel.schemas.update({ ...request, mode: modeOf(mode) }),
  };
}

async function* inputsOf(requests: AsyncIterable<CommitFramesRequest>): AsyncGenerator<object> {
  for await (const { terms, writes, preconditions, last } of requests) {
    yield {
      terms: terms && { ...terms, mode: modeOf(terms.mode) },
      writes: writes.map(writeInput),
      preconditions: preconditions.map(preconditionInput),
      last,
    };
  }
}

/** Anything but the two modes is left open, for the kernel to refuse. */
function modeOf(mode: Mode): "live" | "shadow" | undefined {
  if (mode === Mode.MODE_LIVE) return "live";
  return mode === Mode.MODE_SHADOW ? "shadow" : undefined;
}

function writeInput({ operation }: WriteMessage) {
  if (operation?.$case !== "put") return { delete: operation?.value };
  const { id, type, body } = operation.value;
  return { put: { id, type, body } };
}

function preconditionInput({ condition }: PreconditionMessage) {
  return condition ? { [condition.$case]: condition.value } : {};
}

const KINDS = {
  created: ChangeKind.CHANGE_KIND_CREATED,
  updated: ChangeKind.CHANGE_KIND_UPDATED,
  deleted: ChangeKind.CHANGE_KIND_DELETED,
} as const satisfies Record<Change["kind"], ChangeKind>;

function changeMessage({ kind, document }: Change): DeepPartial<ChangeMessage> {
  return { kind: KINDS[kind], document };
}

function differenceMessage(difference: Difference): DeepPartial<DifferenceMessage> {
  const { id, before, after } = difference;
  const afterLeftOut = !!before && !!after && documentBytes(before) + documentBytes(after) > MAX_BODY_BYTES;
  return afterLeftOut ? { id, before, afterLeftOut } : difference;
}
