import type { Attempt } from "@oms/jobs/attempts.ts";
import type { Json } from "@oms/jobs/json.ts";
import type { Outcome } from "@oms/jobs/outcome.ts";
import type { Reply } from "./sandbox/child.ts";
import { Ended } from "./sandbox/ended.ts";
import type { Pool } from "./sandbox/pool.ts";

export type RunParts = {
  readonly pool: Pick<Pool, "run">;
  /** Aborted when the process stops and its executions have had their time. */
  readonly stopping: AbortSignal;
  /** What the last attempt of an execution that left a checkpoint left. */
  readonly checkpointOf: (execution: string) => Promise<Json | undefined>;
  /** Told of every one that a child had, for how many milliseconds. */
  readonly ran: (ms: number) => void;
};

const UNBEGUN = { code: "unbegun", message: "the worker was told to stop before it began" };
/** Each abort would make one of its own, with a stack. */
const ENDED = new Error("the attempt is over");
const STOPPED = { code: "stopped", message: "the worker was told to stop, and waited no longer" };

/**
 * Has a child make the attempt, and says how it ended; undefined when the attempt is no longer ours. Its time counts
 * from when a child has it.
 */
export function runAttempt(attempt: Attempt, parts: RunParts): Promise<Outcome | undefined> {
  return new Run(attempt, parts).outcome();
}

class Run {
  readonly #attempt: Attempt;
  readonly #parts: RunParts;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #beganMs: number | undefined;
  #timedOut: boolean = false;

  constructor(attempt: Attempt, parts: RunParts) {
    this.#attempt = attempt;
    this.#parts = parts;
  }

  async outcome(): Promise<Outcome | undefined> {
    const { stopping } = this.#parts;
    const ends = [this.#attempt.signal, stopping];
    for (const end of ends) end.addEventListener("abort", this.#end);
    if (ends.some(({ aborted }) => aborted)) this.#end();
    try {
      return outcomeOf(await this.#reply());
    } catch (error) {
      if (this.#attempt.signal.aborted) return undefined;
      if (this.#timedOut) return { outcome: "timeout", error: this.#timeout() };
      if (stopping.aborted) return this.#afterStop();
      if (!(error instanceof Ended)) throw error;
      return this.#afterEnd(error);
    } finally {
      clearTimeout(this.#timer);
      for (const end of ends) end.removeEventListener("abort", this.#end);
      if (this.#beganMs !== undefined) this.#parts.ran(performance.now() - this.#beganMs);
    }
  }

  async #reply() {
    const { id, job, execution, n } = this.#attempt;
    const left = n > 1 ? await this.#parts.checkpointOf(id) : undefined;
    const task = { id, job: job.id, attempt: n, plannedMs: execution.plannedMs, payload: job.payload };
    const began = () => this.#begin();
    return this.#parts.pool.run({
      type: job.type,
      task: { ...task, checkpoint: left },
      signal: this.#stop.signal,
      checkpoint: (progress, data) => this.#attempt.checkpoint(progress, data),
      began,
    });
  }

  readonly #end = (): void => this.#stop.abort(ENDED);

  #begin(): void {
    this.#beganMs = performance.now();
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#end();
    }, this.#attempt.job.timeoutMs);
  }

  #timeout() {
    return { code: "timeout", message: `did not end within ${this.#attempt.job.timeoutMs} ms` };
  }

  #afterStop(): Outcome {
    if (this.#beganMs === undefined) return { outcome: "lost", error: UNBEGUN, unbegun: true };
    return { outcome: "lost", error: STOPPED };
  }

  /** Nobody knows what it had done before. */
  #afterEnd({ code, message }: Ended): Outcome {
    const error = { code, message };
    return { outcome: this.#attempt.job.effect === "once" ? "lost" : "failed", error };
  }
}

function outcomeOf(reply: Exclude<Reply, { kind: "unbegun" }>): Outcome {
  if (reply.kind === "done") return { outcome: "done", result: reply.result };
  const { code, message, final } = reply;
  return { outcome: "failed", error: { code, message }, final };
}
