import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { openChannel } from "@oms/chassis/grpc-channel.ts";
import type {
  ExecutionName,
  ExecutionReply,
  FiresReply,
  FiresRequest,
  HistoryReply,
  HistoryRequest,
  JobName,
  JobReply,
  JobSpec,
  JobUpdate,
  ListReply,
  ListRequest,
  Scheduler,
} from "@oms/jobs/port.ts";
import { parseSpec, parseUpdate } from "@oms/jobs/validate.ts";
import * as wire from "@oms/protos/oms/scheduler/v1/scheduler.ts";
import type { z } from "zod";
import { executionReply, firesReply, historyReply, jobReply, listReply } from "../core/scheduler/replies.ts";
import { evidenceFromWire, executionFromWire, specToWire, stateFromWire } from "./scheduler-wire.ts";

/** The strangler's own deadline, by method, comes first. */
const LAST_RESORT_MS = 30_000;
/** A page of a thousand jobs ends early at this, and a payload far over its limit is refused by name. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

type Edited = { readonly state?: wire.JobState | undefined; readonly evidence?: wire.Evidence | undefined };
type Ran = { readonly execution?: wire.Execution | undefined; readonly evidence?: wire.Evidence | undefined };

/**
 * The scheduler service as OMS calls it. What the wire could not say, such as a priority that is no number, is
 * refused here in the words of both sides; an answer that is not what the port says is UNAVAILABLE.
 */
export class SchedulerStub implements Scheduler {
  readonly #channel;

  /** `address` is `host:port`. The strangler has the breaker of this hop, so the channel has none. */
  constructor({ address }: { address: string }) {
    this.#channel = openChannel(wire.SchedulerServiceDefinition, {
      address,
      breaker: false,
      deadlineMs: LAST_RESORT_MS,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    });
  }

  /** The build that answered last; `unknown` before. */
  build(): string {
    return this.#channel.build();
  }

  close(): void {
    this.#channel.close();
  }

  async register(request: JobSpec): Promise<JobReply> {
    const spec = specToWire(parseSpec(request, Date.now()));
    return edited(await this.#channel.client.registerJob({ spec }));
  }

  async update(request: JobUpdate): Promise<JobReply> {
    const { revision, ...fields } = parseUpdate(request);
    const asked = { spec: specToWire(fields), ...(revision !== undefined && { revision }) };
    return edited(await this.#channel.client.updateJob(asked));
  }

  async cancel({ id }: JobName): Promise<JobReply> {
    return edited(await this.#channel.client.cancelJob({ id }));
  }

  async pause({ id }: JobName): Promise<JobReply> {
    return edited(await this.#channel.client.pauseJob({ id }));
  }

  async resume({ id }: JobName): Promise<JobReply> {
    return edited(await this.#channel.client.resumeJob({ id }));
  }

  async runNow({ id }: JobName): Promise<ExecutionReply> {
    return ran(await this.#channel.client.runJob({ id }));
  }

  async get({ id }: JobName): Promise<JobReply> {
    return edited(await this.#channel.client.getJob({ id }));
  }

  async list({ tag, type, ...page }: ListRequest): Promise<ListReply> {
    const asked = { ...(tag !== undefined && { tag }), ...(type !== undefined && { type }) };
    const { jobs, nextPageToken } = await this.#channel.client.listJobs({ ...asked, ...pageToWire(page) });
    return checked(listReply, () => ({ jobs: jobs.map(stateFromWire), ...tokenOf(nextPageToken) }));
  }

  async execution({ id }: ExecutionName): Promise<ExecutionReply> {
    return ran(await this.#channel.client.getExecution({ id }));
  }

  async executions({ job, ...page }: HistoryRequest): Promise<HistoryReply> {
    const { executions, nextPageToken } = await this.#channel.client.listExecutions({
      job,
      ...pageToWire(page),
    });
    return checked(historyReply, () => ({
      executions: executions.map(executionFromWire),
      ...tokenOf(nextPageToken),
    }));
  }

  async fires(request: FiresRequest): Promise<FiresReply> {
    const { sinceMs, fires } = await this.#channel.client.listFires(request);
    return checked(firesReply, () => ({ sinceMs, fires }));
  }
}

function edited({ state, evidence }: Edited): JobReply {
  return { ...checked(jobReply, () => stateFromWire(state)), ...withEvidence(evidence) };
}

function ran({ execution, evidence }: Ran): ExecutionReply {
  return {
    ...checked(executionReply, () => ({ execution: executionFromWire(execution) })),
    ...withEvidence(evidence),
  };
}

function withEvidence(evidence: wire.Evidence | undefined): Pick<JobReply, "evidence"> {
  return evidence ? { evidence: orGarbage(() => evidenceFromWire(evidence)) } : {};
}

function checked<S extends z.ZodType>(schema: S, read: () => unknown): z.infer<S> {
  return orGarbage(() => schema.parse(read()));
}

function orGarbage<R>(read: () => R): R {
  try {
    return read();
  } catch (cause) {
    throw new ServiceError("UNAVAILABLE", "the scheduler service answered what it may not answer", [], cause);
  }
}

type Page = { readonly pageSize?: number; readonly pageToken?: string };

/** The wire has 0 and "" for absent, and no size that is no integer; -1 is refused with the same words. */
function pageToWire({ pageSize, pageToken = "" }: Page) {
  const sizes = pageSize === undefined || (Number.isInteger(pageSize) && pageSize > 0 && pageSize <= 1000);
  return { pageSize: sizes ? (pageSize ?? 0) : -1, pageToken };
}

function tokenOf(nextPageToken: string): { readonly nextPageToken?: string } {
  return nextPageToken === "" ? {} : { nextPageToken };
}
