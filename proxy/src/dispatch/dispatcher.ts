import { randomUUID } from "node:crypto";
import type { Call } from "../model/call.ts";
import type { AnyMethod, AnyPort } from "../model/capability.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import { planFor, watchedSide } from "../plan/plan.ts";
import { bookOf, type Route } from "./route.ts";
import { isTicket, Watch } from "./watch.ts";

type Args = unknown[];

/** Sends the calls of one method through the steps, in the order of DESIGN.md. */
export class Dispatcher {
  readonly #route: Route;
  readonly #name: string;
  readonly #method: AnyMethod;
  readonly #watch: Watch;

  constructor(route: Route, name: string, method: AnyMethod) {
    this.#route = route;
    this.#name = name;
    this.#method = method;
    this.#watch = new Watch(route, name, method);
  }

  /** What callers call in place of a side's own method. */
  forward(): AnyPort[string] {
    const { capability, door, host, sides, ledger } = this.#route;
    const name = this.#name;
    const reads = this.#method.effect === "read";
    const passed = ledger.passed(() => bookOf(capability), name);
    return (...args) => {
      const stage = door.fixed ?? door.stageFor(name, host.fields());
      if (stage !== "in-process" || !reads) return this.#conduct(stage, args);
      // A read in-process needs no key and nobody looks at its outcome: only the stage is in its way.
      if (!host.shadow()) passed.calls += 1;
      return sides.pass(name, args);
    };
  }

  async #conduct(stage: Stage, args: Args): Promise<unknown> {
    const shadow = this.#route.host.shadow();
    const { effect, fallback } = this.#method;
    const admission = shadow ? undefined : this.#watch.admit(watchedSide(stage), args);
    const plan = planFor({ stage, effect, fallback, admitted: isTicket(admission) });
    const identity = { key: this.#keyFor(args), shadow };
    const call = this.#callOf(plan.authority, identity);
    const authority = await this.#ask(plan.authority, call, args);
    const failed = authority.outcome.kind === "failure";
    const instead = failed && plan.fallback ? await this.#ask(plan.fallback, identity, args) : undefined;
    if (!shadow) this.#watch.follow({ stage, call, authority, instead }, admission);
    return this.#settle(instead ?? authority);
  }

  #callOf(side: Side, identity: Call): Call {
    if (side === "in-process") return identity;
    return { ...identity, deadline: Date.now() + this.#route.sides.deadlineMs(this.#name) };
  }

  #ask(side: Side, call: Call, args: Args): Promise<Observation<unknown>> {
    const { sides } = this.#route;
    const request = { method: this.#name, call, args };
    return side === "extracted" ? sides.extracted(request) : sides.inProcess(request);
  }

  /** The answer or the error of the side that has the last word. */
  #settle({ outcome }: Observation<unknown>): unknown {
    if (outcome.kind === "value") return outcome.value;
    if (outcome.kind === "answer" || outcome.failure === "error") throw outcome.error;
    const { capability, host } = this.#route;
    throw host.unavailable(outcome.failure, `${capability.name}.${this.#name}`);
  }

  /** The caller's key, made this call's own: one request may well make several. */
  #keyFor(args: Args): string {
    const { capability, host } = this.#route;
    const callers = host.key();
    if (callers === undefined) return randomUUID();
    const own = this.#method.key ? `/${this.#method.key(...args)}` : "";
    return `${callers}/${capability.name}.${this.#name}${own}`;
  }
}
