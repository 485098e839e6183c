import { hash, randomUUID } from "node:crypto";
import { currentContext } from "@oms/chassis/context/context.ts";
import type { Change, Doc } from "@oms/data-kernel/client.ts";
import { commitAsked, type Editor, untilCommitted } from "./commit-asked.ts";
import { type Execution, executionDocument } from "./execution.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { EXECUTION, type Job, schedulerBranch } from "./job.ts";
import type { ExecutionReply, JobName } from "./port.ts";
import { runReply } from "./replies.ts";
import { requireLiving } from "./require-living.ts";
import { requireJob } from "./stored.ts";
import { putExecution, unchanged, unclaimed } from "./writes.ts";

/** Makes one execution beside the plan, named after the call's key. @throws FAILED_PRECONDITION on `id` of a cancelled job. */
export async function runNow(editor: Editor, { id }: JobName): Promise<ExecutionReply> {
  const key = currentContext().key ?? randomUUID();
  return untilCommitted(id, async () => {
    const doc = await requireJob(editor, id);
    requireLiving(doc.body);
    const nowMs = editor.now();
    const asked = executionOf(doc.body, { tick: tickOf(key), side: editor.side, nowMs });
    const changes = await commitAsked(editor, id, {
      key,
      message: `run ${id}`,
      fingerprint: fingerprintOf({ name: "runNow", request: { id } }),
      writes: [putExecution(asked)],
      preconditions: [unchanged(doc), unclaimed(asked)],
    });
    const execution = changes ? executionIn(changes) : await there(editor, asked);
    return execution && runReply(execution, { job: doc.body, changes: changes ?? [], nowMs });
  });
}

function executionOf(
  { id }: Job,
  {
    tick,
    side,
    nowMs,
  }: { readonly tick: string; readonly side: Execution["claimedBy"]; readonly nowMs: number },
): Execution {
  return {
    job: id,
    tick,
    plannedMs: nowMs,
    claimedBy: side,
    claimedMs: nowMs,
    status: "waiting",
    attempts: [],
  };
}

/** A key that cannot stand in an id, which is itself the key of what the run does, stands there as its digest. */
function tickOf(key: string): string {
  return `run-${/^[A-Za-z0-9-]{1,64}$/.test(key) ? key : hash("sha256", key)}`;
}

/** One that has its name already, whatever key made it. */
async function there({ kernel, env }: Editor, { job, tick }: Execution): Promise<Execution | undefined> {
  const id = executionDocument(`${job}/${tick}`);
  return (await kernel.get<Execution>(schedulerBranch(env), id))?.body;
}

function executionIn(changes: readonly Change[]): Execution {
  const change = changes.find(({ document }) => document.type === EXECUTION);
  if (!change) throw new Error("a run's commit did not make its execution");
  return (change.document as Doc<Execution>).body;
}
