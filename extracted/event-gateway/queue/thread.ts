import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { internal, ServiceError } from "@oms/chassis/errors/service-error.ts";
import type { Depth } from "./file.ts";
import type { Arguments, Call, Failure, Method, Outcome, Result } from "./group.ts";
import type { FromWorker, QueueSettings, ToWorker } from "./worker.ts";

type Asked = {
  readonly call: Call;
  readonly bytes: number;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
};

/** Keeps a long line from making one endless transaction. */
const LARGEST_GROUP = { calls: 512, bytes: 2_000_000 };

/**
 * The thread that has the queue's file: a disk that takes its time holds up nobody else. What is asked while one group
 * is written makes the next. When the thread dies every call, waiting or new, is UNAVAILABLE.
 */
export class Thread {
  readonly #worker: Worker;
  #line: Asked[] = [];
  #under: readonly Asked[] = [];
  #due: NodeJS.Immediate | undefined;
  #death: Error | undefined;
  #depth: Depth;

  private constructor(worker: Worker, depth: Depth) {
    this.#worker = worker;
    this.#depth = depth;
    worker.on("message", (message: FromWorker) => this.#settle(message));
    worker.on("error", (error) => this.#die(error));
    worker.on("exit", () => this.#die(undefined));
  }

  /** Rejects with what kept the thread from opening its file. */
  static async start(settings: QueueSettings): Promise<Thread> {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: settings });
    const [opened] = await once(worker, "message");
    return new Thread(worker, (opened as FromWorker).depth);
  }

  /** After the last group. */
  get depth(): Depth {
    return this.#depth;
  }

  /** Why nothing can be asked any more; undefined while it can. */
  get death(): Error | undefined {
    return this.#death;
  }

  ask<M extends Method>(method: M, ...args: Arguments<M>): Promise<Result<M>> {
    if (this.#death) return Promise.reject(this.#death);
    const { promise, resolve, reject } = Promise.withResolvers<Result<M>>();
    const [first] = args;
    const bytes = typeof first === "object" ? first.body.length : 0;
    this.#line.push({ call: { method, args } as Call, bytes, resolve, reject });
    this.#sendSoon();
    return promise;
  }

  /** Answers what was asked, closes the file, ends the thread. */
  async close(): Promise<void> {
    if (this.#death) return;
    while (this.#line.length > 0 || this.#under.length > 0) await once(this.#worker, "message");
    if (this.#death) return;
    const exit = once(this.#worker, "exit");
    this.#worker.postMessage("close" satisfies ToWorker);
    await exit;
  }

  /** Of what one tick asks one group is made. */
  #sendSoon(): void {
    if (this.#under.length > 0) return;
    this.#due ??= setImmediate(() => {
      this.#due = undefined;
      this.#under = this.#nextGroup();
      this.#worker.postMessage(this.#under.map(({ call }) => call) satisfies ToWorker);
    });
  }

  #nextGroup(): readonly Asked[] {
    let bytes = 0;
    const end = this.#line.findIndex((asked, n) => {
      bytes += asked.bytes;
      return n === LARGEST_GROUP.calls || (n > 0 && bytes > LARGEST_GROUP.bytes);
    });
    return this.#line.splice(0, end === -1 ? this.#line.length : end);
  }

  #settle({ outcomes, depth }: FromWorker): void {
    const settled = this.#under;
    this.#under = [];
    this.#depth = depth;
    for (const [n, outcome] of outcomes.entries()) settle(settled[n], outcome);
    if (this.#line.length > 0) this.#sendSoon();
  }

  #die(cause: unknown): void {
    this.#death ??= new ServiceError("UNAVAILABLE", "the queue has stopped", [], cause);
    for (const { reject } of [...this.#under, ...this.#line]) reject(this.#death);
    this.#line = [];
    this.#under = [];
  }
}

function settle(asked: Asked | undefined, outcome: Outcome): void {
  if ("failure" in outcome) asked?.reject(toError(outcome.failure));
  else asked?.resolve(outcome.value as never);
}

function toError({ code, message }: Failure): ServiceError {
  return code ? new ServiceError(code, message) : internal(new Error(message));
}
