import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { internal, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Failure } from "./group.ts";
import type { Argument, Method, Result } from "./methods.ts";
import type { FromWorker, Role, ToWorker } from "./worker.ts";

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void };

/** A worker thread with one connection. When it dies every call, waiting or new, is UNAVAILABLE. */
export class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #death: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#settle(message));
    worker.on("error", (error) => this.#die(error));
    worker.on("exit", () => this.#die(undefined));
  }

  /** Rejects with what kept the thread from opening its file. */
  static async start(role: Role): Promise<Thread> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: role });
    await once(worker, "message");
    return new Thread(worker);
  }

  ask<M extends Method>(method: M, argument: Argument<M>): Promise<Result<M>> {
    return this.#send({ method, argument });
  }

  /** See Checkpoint; a writer's alone. */
  checkpoint(): Promise<boolean> {
    return this.#send({ method: "checkpoint" });
  }

  /** Answers what was asked, closes the file, ends the thread. */
  async close(): Promise<void> {
    if (this.#death) return;
    const exit = once(this.#worker, "exit");
    this.#worker.postMessage("close" satisfies ToWorker);
    await exit;
  }

  #send<R>(message: object): Promise<R> {
    if (this.#death) return Promise.reject(this.#death);
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    this.#last += 1;
    this.#waiting.set(this.#last, { resolve, reject });
    this.#worker.postMessage({ ...message, id: this.#last });
    return promise;
  }

  #settle(message: FromWorker): void {
    if (message === "ready") return;
    for (const outcome of message) {
      const waiting = this.#waiting.get(outcome.id);
      this.#waiting.delete(outcome.id);
      if ("failure" in outcome) waiting?.reject(toError(outcome.failure));
      else waiting?.resolve(outcome.value as never);
    }
  }

  #die(cause: unknown): void {
    this.#death ??= new ServiceError("UNAVAILABLE", "the store has stopped", [], cause);
    for (const { reject } of this.#waiting.values()) reject(this.#death);
    this.#waiting.clear();
  }
}

export function toError({ code, message, violations }: Failure): ServiceError {
  return code ? new ServiceError(code, message, violations) : internal(new Error(message));
}
