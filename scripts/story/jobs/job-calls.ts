import { setTimeout as wait } from "node:timers/promises";
import type { ExecutionReply, JobReply, JobSpec, JobUpdate } from "@oms/jobs/port.ts";
import { http } from "../http.ts";
import type { HttpAnswer } from "../story.ts";

const AUTHOR = "story@oms";
const PATIENCE_MS = 20_000;
const PAUSE_MS = 200;
/** Two instances that are killed in turn answer one of so many. */
const MOST_TRIES = 100;

/** What callers of OMS ask of jobs. A call that is not answered is made again, under its key, to the next instance. */
export class JobCalls {
  made = 0;
  repeated = 0;
  readonly #oms: readonly string[];

  /** `oms` are URLs of instances. */
  constructor(...oms: readonly string[]) {
    this.#oms = oms;
  }

  async register(job: JobSpec): Promise<JobReply> {
    return (await this.#ask("POST", "/jobs", job)) as JobReply;
  }

  async update({ id, ...change }: JobUpdate): Promise<JobReply> {
    return (await this.#ask("PATCH", `/jobs/${id}`, change)) as JobReply;
  }

  async get(id: string): Promise<JobReply> {
    return (await this.#ask("GET", `/jobs/${id}`)) as JobReply;
  }

  async pause(id: string): Promise<JobReply> {
    return (await this.#ask("POST", `/jobs/${id}/pause`)) as JobReply;
  }

  async resume(id: string): Promise<JobReply> {
    return (await this.#ask("POST", `/jobs/${id}/resume`)) as JobReply;
  }

  async runNow(id: string): Promise<ExecutionReply> {
    return (await this.#ask("POST", `/jobs/${id}/run`)) as ExecutionReply;
  }

  async execution(id: string): Promise<ExecutionReply> {
    return (await this.#ask("GET", `/executions/${id}`)) as ExecutionReply;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const key = `story-call-${this.made++}`;
    const headers = { "oms-author": AUTHOR, "idempotency-key": key };
    let last = "";
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const url = `${this.#oms[(this.made + tries) % this.#oms.length]}${path}`;
      try {
        const answer = await http(method, url, { headers, timeoutMs: PATIENCE_MS, ...(body && { body }) });
        if (answer.status < 300) return answer.body;
        last = `${answer.status} ${JSON.stringify(answer.body)}`;
        if (!mayPass(answer)) break;
      } catch (error) {
        last = String(error);
      }
      this.repeated += 1;
      await wait(PAUSE_MS);
    }
    throw new Error(`${method} ${path}: ${last}`);
  }
}

/** Nobody was there, or another edit came first. */
function mayPass({ status, body }: HttpAnswer): boolean {
  return status >= 500 || status === 429 || (body as { title?: string }).title === "ABORTED";
}
