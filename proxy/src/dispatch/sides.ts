import { Breaker, type BreakerState } from "../call/breaker.ts";
import { CallerGone } from "../call/caller-gone.ts";
import { within } from "../call/deadline.ts";
import { observe } from "../call/observe.ts";
import type { Call } from "../model/call.ts";
import type { AnyCapability, AnyPort } from "../model/capability.ts";
import type { Host } from "../model/host.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Way } from "./way.ts";

/** One method of a side, to be called with one call's key, shadow mark and arguments. */
export type Request = {
  readonly method: string;
  readonly call: Call;
  readonly args: unknown[];
  /** How the extracted side is asked; by its stub when absent. */
  readonly way?: Way | undefined;
};

export type BreakerChanged = (method: string, event: "opened" | "closed") => void;

const DEADLINE_MS = 5000;

/** Both sides of one capability: loaded on first use, called in the host's context. */
export class Sides {
  readonly #capability: AnyCapability;
  readonly #host: Host;
  readonly #breakerChanged: BreakerChanged;
  readonly #breakers = new Map<string, Breaker>();
  readonly #loading = new Map<Side, Promise<AnyPort>>();
  readonly #loaded: { [S in Side]?: AnyPort } = {};

  constructor(capability: AnyCapability, host: Host, breakerChanged: BreakerChanged) {
    this.#capability = capability;
    this.#host = host;
    this.#breakerChanged = breakerChanged;
  }

  /** What a side other than in-process gets to answer, in milliseconds. */
  deadlineMs(method: string): number {
    return this.#capability.methods[method]?.deadlineMs ?? DEADLINE_MS;
  }

  /** The in-process side as if it had been called directly. */
  pass(method: string, args: unknown[]): Promise<unknown> {
    const port = this.#loaded["in-process"];
    if (port) return invoke(port, method, args);
    return this.load("in-process").then((loaded) => invoke(loaded, method, args));
  }

  /** Calls in-process, which takes the time it takes. A module that cannot be loaded fails the call. */
  async inProcess(request: Request): Promise<Observation<unknown>> {
    if (!this.#loaded["in-process"]) await this.warm("in-process");
    return observe("in-process", () => this.#enter("in-process", request), this.#isAnswer);
  }

  /** Calls the extracted side, under deadline and breaker; a stub that cannot be loaded is its failure. */
  extracted(request: Request): Promise<Observation<unknown>> {
    const breaker = this.#breaker(request.method);
    const { call, way } = request;
    const ask = way
      ? () => this.#host.enter(call, () => way.ask(this.deadlineMs(request.method)))
      : () => this.#limited("extracted", request);
    return observe("extracted", () => breaker.fire(ask), this.#isAnswer);
  }

  /** Calls in-process off the caller's path, where it may not take for ever. */
  async watchedInProcess(request: Request): Promise<Observation<unknown>> {
    await this.warm("in-process");
    return observe("in-process", () => this.#limited("in-process", request), this.#isAnswer);
  }

  breakerState(method: string): BreakerState {
    return this.#breakers.get(method)?.state ?? "closed";
  }

  /** Rejects when the side cannot be loaded; the next call tries again. */
  load(side: Side): Promise<AnyPort> {
    const known = this.#loading.get(side);
    if (known !== undefined) return known;
    const loading = this.#load(side).catch((error: unknown) => {
      this.#loading.delete(side);
      throw error;
    });
    this.#loading.set(side, loading);
    return loading;
  }

  /** Loads a side ahead of its use, so that loading is not measured as part of a call. Never rejects. */
  async warm(side: Side): Promise<void> {
    await this.load(side).catch(() => {});
  }

  stop(): void {
    for (const breaker of this.#breakers.values()) breaker.stop();
    this.#breakers.clear();
  }

  async #load(side: Side): Promise<AnyPort> {
    const { inProcess, extracted } = this.#capability;
    const port = await (side === "in-process" ? inProcess() : extracted());
    this.#loaded[side] = port;
    return port;
  }

  readonly #isAnswer = (error: unknown): boolean => error instanceof CallerGone || this.#host.isAnswer(error);

  #limited(side: Side, request: Request): Promise<unknown> {
    return within(this.deadlineMs(request.method), () => this.#enter(side, request));
  }

  #enter(side: Side, { method, call, args }: Request): Promise<unknown> {
    const enter = (port: AnyPort) => this.#host.enter(call, () => invoke(port, method, args));
    const port = this.#loaded[side];
    return port ? enter(port) : this.load(side).then(enter);
  }

  #breaker(method: string): Breaker {
    const known = this.#breakers.get(method);
    if (known) return known;
    const breaker = new Breaker(this.#isAnswer, (event) => this.#breakerChanged(method, event));
    this.#breakers.set(method, breaker);
    return breaker;
  }
}

function invoke(port: AnyPort, method: string, args: unknown[]): Promise<unknown> {
  const run = port[method];
  if (!run) throw new TypeError(`the side has no method "${method}"`);
  return Reflect.apply(run, port, args);
}
