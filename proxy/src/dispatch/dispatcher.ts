import { hash, randomUUID } from "node:crypto";
import type { Call } from "../model/call.ts";
import type { AnyMethod, AnyPort } from "../model/capability.ts";
import type { Fields } from "../model/host.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import { planFor, watchedSide } from "../plan/plan.ts";
import { bookOf, type Route } from "./route.ts";
import { isTicket, Watch } from "./watch.ts";
import type { Way } from "./way.ts";

type Args = unknown[];

/** A key that any header carries, of any text a caller may have named something by. */
const SENDABLE = /^\P{Cc}{1,200}$/u;

/** One call of the method. Without arguments, nobody but the extracted side can answer it, by the way it brings. */
export type Asked = { readonly args: Args | undefined; readonly way?: Way };

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
    const { capability, host, sides, ledger } = this.#route;
    const name = this.#name;
    const reads = this.#method.effect === "read";
    const passed = ledger.passed(() => bookOf(capability), name);
    return (...args) => {
      const stage = this.stage(args);
      if (stage !== "in-process" || !reads) return this.conduct(stage, { args }).then(this.settle);
      // A read in-process needs no key and nobody looks at its outcome: only the stage is in its way.
      if (!host.shadow()) passed.calls += 1;
      return sides.pass(name, args);
    };
  }

  /** The stage of every call, while it does not depend on the call. */
  get fixed(): Stage | undefined {
    return this.#route.door.fixed;
  }

  /** The stage of a call made now, in this context; of arguments that cannot be read, by the context alone. */
  stage(args: Args | undefined): Stage {
    const { door } = this.#route;
    return door.fixed ?? door.stageFor(this.#fieldsOf(args), this.#name);
  }

  /** Treats a call as its stage says; resolves with what the side did that has the last word. */
  async conduct(stage: Stage, asked: Asked): Promise<Observation<unknown>> {
    const { args, way } = asked;
    const shadow = this.#route.host.shadow();
    const { effect } = this.#method;
    const admission = shadow ? undefined : this.#watch.admit(watchedSide(stage), args);
    const fallback = args ? this.#method.fallback : "never";
    const plan = planFor({ stage, effect, fallback, admitted: isTicket(admission) });
    const identity = { key: this.#keyFor(args), shadow, watched: plan.watched !== undefined };
    // Without arguments the call is still arriving: its time begins when it is there, and its way keeps it.
    const call = args ? this.#callOf(plan.authority, identity) : identity;
    const authority = await this.#ask(plan.authority, call, asked);
    const failed = authority.outcome.kind === "failure" && !way?.begun;
    const instead = failed && plan.fallback ? await this.#ask(plan.fallback, identity, asked) : undefined;
    if (!shadow) this.#watch.follow({ stage, call, authority, instead, way }, admission);
    return instead ?? authority;
  }

  /** The answer, or throws the error, of the side that has the last word. */
  readonly settle = ({ outcome }: Observation<unknown>): unknown => {
    if (outcome.kind === "value") return outcome.value;
    if (outcome.kind === "answer" || outcome.failure === "error") throw outcome.error;
    const { capability, host } = this.#route;
    throw host.unavailable(outcome.failure, `${capability.name}.${this.#name}`);
  };

  #fieldsOf(args: Args | undefined): Fields {
    const callers = this.#route.host.fields();
    const { fields } = this.#method;
    if (!fields || !args) return callers;
    try {
      return { ...callers, ...fields(...args) };
    } catch {
      // Arguments that are not what they should be: it is for a side to say so.
      return callers;
    }
  }

  #callOf(side: Side, identity: Call): Call {
    if (side === "in-process") return identity;
    return { ...identity, deadline: Date.now() + this.#route.sides.deadlineMs(this.#name) };
  }

  #ask(side: Side, call: Call, { args = [], way }: Asked): Promise<Observation<unknown>> {
    const { sides } = this.#route;
    const request = { method: this.#name, call, args, way };
    return side === "extracted" ? sides.extracted(request) : sides.inProcess(request);
  }

  /** The caller's key, made this call's own: one request may well make several. */
  #keyFor(args: Args | undefined): string {
    const { capability, host } = this.#route;
    const callers = host.key();
    if (callers === undefined) return randomUUID();
    const own = args && this.#method.key ? `/${this.#method.key(...args)}` : "";
    const key = `${callers}/${capability.name}.${this.#name}${own}`;
    return SENDABLE.test(key) ? key : `${capability.name}.${this.#name}/${hash("sha256", key)}`;
  }
}
