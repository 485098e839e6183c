import { isDeepStrictEqual } from "node:util";
import type { Finding, Hook, Look, Proposed, ProposedChange, ProposedDocument } from "./hook.ts";
import {
  type AttemptBody,
  type ExecutionBody,
  type ExecutionName,
  isJobId,
  type JobBody,
  type Problem,
  readExecution,
  readExecutionName,
  readJob,
} from "./job-documents.ts";
import { Jobs } from "./jobs.ts";
import { matcher } from "./matcher.ts";

const JOB = "Job";
const EXECUTION = "Execution";

/** How far a tick may lie ahead of the kernel's clock, with which the clock of who claims it need not agree. */
const MOST_AHEAD_MS = 1000;

/**
 * On the branches of jobs, whoever claims a tick claims it once: an execution is made for a job that is there, when its
 * time has come and above the job's floor; it is deleted at or below the floor only, and the floor never falls. What an
 * execution has come to is never written over.
 */
export function checkJobs(branches: readonly string[]): Hook {
  const hasJobs = matcher(branches);
  const jobs = new Jobs();
  return {
    name: "jobs",
    inspectChange(change, proposed, look) {
      if (!hasJobs(proposed.branch)) return [];
      const types = [typeIn(change.id), change.after?.type];
      if (types.includes(EXECUTION)) return ofExecution(change, proposed, { look, jobIn: jobs.in });
      return types.includes(JOB) ? ofJob(change, jobs.in) : [];
    },
  };
}

function ofJob(change: ProposedChange, jobIn: Jobs["in"]): readonly Finding[] {
  const { field, id, before, after } = change;
  if (!after) return before ? [{ field, message: "is a job: it is cancelled, and not deleted" }] : [];
  const own = id.slice(`${JOB}/`.length);
  if (after.type !== typeIn(id) || !isJobId(own)) return [misnamed(change, JOB)];
  const read = readJob(change.value);
  if ("problems" in read) return inBody(change, read.problems);
  const least = jobIn(before)?.floorMs ?? 0;
  return inBody(change, [
    ...must(read.body.id === own, "/id", `must be ${own}`),
    ...must(read.body.floorMs >= least, "/floorMs", `must not fall below ${least}`),
  ]);
}

function ofExecution(change: ProposedChange, proposed: Proposed, sight: Sight): readonly Finding[] {
  const { id, before, after } = change;
  const name = readExecutionName(id.slice(`${EXECUTION}/`.length));
  const fits = typeIn(id) === EXECUTION && (after?.type ?? EXECUTION) === EXECUTION;
  if (!name || !fits) return [misnamed(change, EXECUTION)];
  const was = executionIn(before);
  if (!after) return was ? ofDeletion(change, { name, was, job: jobAfter(name.job, sight) }) : [];
  const read = readExecution(change.value);
  if ("problems" in read) return inBody(change, read.problems);
  const found = was ? ofUpdate(read.body, was) : ofClaim(name, proposed, sight);
  return inBody(change, [...asNamed(read.body, name), ...numbered(read.body), ...found]);
}

type Sight = { readonly look: Look; readonly jobIn: Jobs["in"] };

function jobAfter(job: string, { look, jobIn }: Sight): JobBody | undefined {
  return jobIn(look.find(`${JOB}/${job}`));
}

function asNamed({ job, tick, plannedMs }: ExecutionBody, name: ExecutionName): readonly Problem[] {
  const planned = name.plannedMs ?? plannedMs;
  return [
    ...must(job === name.job, "/job", `must be ${name.job}`),
    ...must(tick === name.tick, "/tick", `must be ${name.tick}`),
    ...must(plannedMs === planned, "/plannedMs", `must be ${planned}`),
  ];
}

/** From 1; all but the last have ended. */
function numbered({ attempts }: ExecutionBody): readonly Problem[] {
  return attempts.flatMap(({ n, endedMs }, index) => [
    ...must(n === index + 1, `/attempts/${index}/n`, `must be ${index + 1}`),
    ...must(
      endedMs !== undefined || index === attempts.length - 1,
      `/attempts/${index}`,
      "must have ended before the next one begins",
    ),
  ]);
}

/** By the job as it was: a commit that changes a job's state or floor settles the ticks it had until then. */
function ofClaim({ job, plannedMs }: ExecutionName, { timeMs }: Proposed, sight: Sight): readonly Problem[] {
  const was = sight.jobIn(sight.look.findBefore(`${JOB}/${job}`));
  const is = jobAfter(job, sight);
  const judged = was ?? is;
  if (!judged) return [{ pointer: "/job", message: `must be a job's id: there is no ${job}` }];
  const states = [was?.state, is?.state];
  if (plannedMs === undefined) {
    const alive = states.includes("active") || states.includes("paused");
    return must(alive, "/job", `must be alive: ${job} is cancelled`);
  }
  return [
    ...must(states.includes("active"), "/job", `must be active: ${job} is ${judged.state}`),
    ...must(plannedMs > judged.floorMs, "/tick", `must be above the job's floor, ${judged.floorMs}`),
    ...must(plannedMs <= timeMs + MOST_AHEAD_MS, "/tick", `must have come: it is ${timeMs}`),
  ];
}

function ofUpdate(after: ExecutionBody, before: ExecutionBody): readonly Problem[] {
  const live = before.status === "waiting" || before.status === "running";
  if (!live) return [{ pointer: "/status", message: `must stay ${before.status}: it has ended` }];
  return [
    ...must(after.plannedMs === before.plannedMs, "/plannedMs", `must stay ${before.plannedMs}`),
    ...before.attempts.flatMap((attempt, index) =>
      must(
        goesOn(attempt, after.attempts[index]),
        `/attempts/${index}`,
        "must stay as it is, but for its end",
      ),
    ),
  ];
}

function goesOn(before: AttemptBody, after: AttemptBody | undefined): boolean {
  if (before.endedMs !== undefined || !after) return isDeepStrictEqual(before, after);
  const { n, side, worker, startedMs } = before;
  return after.n === n && after.side === side && after.worker === worker && after.startedMs === startedMs;
}

type Deletion = {
  readonly name: ExecutionName;
  readonly was: ExecutionBody;
  /** As the commit leaves it. */
  readonly job: JobBody | undefined;
};

function ofDeletion({ field }: ProposedChange, { name, was, job }: Deletion): readonly Finding[] {
  if (job && was.plannedMs <= job.floorMs) return [];
  const floor = job ? `the job's floor, ${job.floorMs}` : `any floor: there is no job ${name.job}`;
  return [{ field, message: `is above ${floor}` }];
}

function typeIn(id: string): string {
  return id.slice(0, Math.max(0, id.indexOf("/")));
}

function executionIn(document: ProposedDocument | undefined): ExecutionBody | undefined {
  const read = document && readExecution(JSON.parse(document.body));
  return read && "body" in read ? read.body : undefined;
}

function must(holds: boolean, pointer: string, message: string): readonly Problem[] {
  return holds ? [] : [{ pointer, message }];
}

function misnamed({ field, after }: ProposedChange, type: string): Finding {
  const form = type === JOB ? "Job/<id>" : "Execution/<job>/<tick>";
  return after
    ? { field: `${field}.id`, message: `must be ${form}, and its type ${type}` }
    : { field, message: `must be ${form}` };
}

function inBody({ field }: ProposedChange, problems: readonly Problem[]): readonly Finding[] {
  return problems.map(({ pointer, message }) => ({ field: `${field}.body${pointer}`, message }));
}
