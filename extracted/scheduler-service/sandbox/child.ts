import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import type { Task } from "@oms/jobs/executor.ts";
import type { Json, JsonObject } from "@oms/jobs/json.ts";
import { Ended } from "./ended.ts";
import { readLines, writeLine } from "./lines.ts";
import { type FromChild, fromChild, type ToChild } from "./messages.ts";
import { Output } from "./output.ts";
import { type StartOptions, startProcess } from "./start.ts";

const ENDS_MS = 5000;

export type ChildOptions = StartOptions & {
  /** After how long, in milliseconds, one that does not say it has its work is taken to be busy with something else. */
  readonly takesMs: number;
};

export type Work = {
  readonly type: string;
  readonly task: Task<JsonObject>;
  /** Aborted: the child is killed. */
  readonly signal: AbortSignal;
  readonly checkpoint: (progress: number, data: Json) => Promise<void>;
  /** The child has it. */
  readonly began?: () => void;
};

/** What became of work: `unbegun` was never taken, and can be given to another child. */
export type Reply = Extract<FromChild, { kind: "done" | "failed" }> | { readonly kind: "unbegun" };

type Running = {
  readonly work: Work;
  readonly reply: PromiseWithResolvers<Reply>;
  began: boolean;
  keeping: boolean;
};

/** A process of its own for one execution at a time. */
export class Child {
  readonly #takesMs: number;
  readonly #process: ChildProcess;
  readonly #channel: Duplex;
  readonly #output: Output;
  readonly #ready = Promise.withResolvers<void>();
  /** Resolves when it is gone, with why. */
  readonly ended: Promise<Ended>;
  #running: Running | undefined;
  #killed: Ended | undefined;
  #gone: boolean = false;

  constructor(options: ChildOptions) {
    this.#takesMs = options.takesMs;
    this.#process = startProcess(options);
    this.#channel = this.#process.stdio[3] as Duplex;
    this.#output = new Output(this.#process, () =>
      this.kill(new Ended("flooded", "wrote more than anybody reads")),
    );
    // What cannot be written to it is told by its end.
    this.#channel.on("error", () => {});
    readLines(this.#channel, {
      line: (line) => this.#hear(line),
      tooLong: () => this.kill(new Ended("flooded", "said more than is listened to")),
    });
    this.#channel.on("end", () => this.#expectEnd());
    this.#ready.promise.catch(() => {});
    this.ended = this.#end();
  }

  get alive(): boolean {
    return !this.#gone && this.#killed === undefined;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when it takes work; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Not while it runs. Rejects with Ended when the child ends first, with the signal's reason when that is why. */
  async run(work: Work): Promise<Reply> {
    if (!this.alive) return { kind: "unbegun" };
    const running: Running = { work, reply: Promise.withResolvers(), began: false, keeping: false };
    this.#running = running;
    this.#output.forget();
    const stop = () => this.kill(new Ended("crashed", "was stopped"));
    work.signal.addEventListener("abort", stop);
    if (work.signal.aborted) stop();
    // What it has said while nobody could listen is heard first.
    const look = () => setImmediate(() => this.#expectBegun(running));
    const busy = setTimeout(look, this.#takesMs);
    this.#say({ kind: "run", type: work.type, task: work.task });
    try {
      return await running.reply.promise;
    } finally {
      clearTimeout(busy);
      work.signal.removeEventListener("abort", stop);
      this.#running = undefined;
    }
  }

  /** At once, whatever it does; `because` is what is said of the work it had. */
  kill(because: Ended): void {
    this.#killed ??= because;
    this.#killGroup();
  }

  /** A channel mostly closes because its process ends, which has more to say of why. */
  #expectEnd(): void {
    const over = setTimeout(() => this.kill(new Ended("crashed", "closed its channel")), ENDS_MS);
    this.#process.on("exit", () => clearTimeout(over));
  }

  /** What ran in it before goes on, and leaves it no time. */
  #expectBegun({ began }: Running): void {
    if (!began) this.kill(new Ended("crashed", "took no work"));
  }

  #killGroup(): void {
    const { pid } = this.#process;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It is gone.
    }
  }

  async #end(): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    this.#process.on("error", (error) => resolve(new Ended("crashed", error.message)));
    this.#process.on("exit", () => this.#killGroup());
    this.#process.on("close", (code, signal) => resolve(this.#output.endedWith(code, signal)));
    const ended = await promise;
    this.#gone = true;
    const because = this.#killed ?? ended;
    this.#ready.reject(because);
    if (this.#running) this.#leave(this.#running, because);
    return because;
  }

  #leave({ work, reply, began }: Running, because: Ended): void {
    if (work.signal.aborted) reply.reject(work.signal.reason);
    else if (began) reply.reject(because);
    else reply.resolve({ kind: "unbegun" });
  }

  #hear(line: string): void {
    const message = parsed(line);
    const running = this.#running;
    if (message?.kind === "ready") this.#ready.resolve();
    else if (!message || !running || (message.kind === "began" && running.began))
      this.kill(new Ended("crashed", "said what nobody asked"));
    else if (message.kind === "began") {
      running.began = true;
      running.work.began?.();
    } else if (message.kind === "checkpoint") this.#keep(running, message);
    else running.reply.resolve(message);
  }

  #keep(running: Running, { progress, data }: Extract<FromChild, { kind: "checkpoint" }>): void {
    // It waits for one before it leaves the next, unless somebody else speaks in its place.
    if (running.keeping) {
      this.kill(new Ended("flooded", "left checkpoints faster than they are kept"));
      return;
    }
    running.keeping = true;
    const answer = (error?: string) => {
      running.keeping = false;
      this.#say({ kind: "kept", ...(error !== undefined && { error }) });
    };
    running.work.checkpoint(progress, data).then(
      () => answer(),
      (error: unknown) => answer(error instanceof Error ? error.message : String(error)),
    );
  }

  #say(message: ToChild): void {
    writeLine(this.#channel, message);
  }
}

function parsed(line: string): FromChild | undefined {
  try {
    return fromChild.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
