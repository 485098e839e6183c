import type { BreakerState } from "../call/breaker.ts";
import type { AnyCapability, AnyMethod, AnyPort } from "../model/capability.ts";
import type { Fields } from "../model/host.ts";
import type { Stage } from "../model/stage.ts";
import type { Ceiling } from "../stage/ceiling.ts";
import type { StageSource } from "../stage/decision.ts";
import { Door, type Standing } from "../stage/door.ts";
import { Dispatcher } from "./dispatcher.ts";
import { bookOf, type Route, type Steps } from "./route.ts";
import { Sides } from "./sides.ts";

export type CapabilityStatus = {
  readonly capability: string;
  /** Of a call made in this context. */
  readonly stage: Stage;
  readonly source: StageSource;
  /** Whether calls of others may have another stage. */
  readonly varies: boolean;
  readonly ceiling: Ceiling | undefined;
  /** What is wrong with the flag as it is set. */
  readonly warning: string | undefined;
  /** By method. */
  readonly breakers: Readonly<Record<string, BreakerState>>;
};

/** A capability that was strangled: its door, its sides and what its methods' calls go through. */
export class Attached {
  readonly #route: Route;

  constructor(capability: AnyCapability, steps: Steps) {
    const { ledger, log } = steps;
    const sides = new Sides(capability, steps.host, (method, event) => {
      ledger.breaker(bookOf(capability), method, event);
      log.warn({ capability: capability.name, method }, `the breaker ${event}`);
    });
    this.#route = { ...steps, capability, door: new Door(), sides };
  }

  /** What callers call in place of a side's own method. */
  forward(method: string): AnyPort[string] {
    return this.dispatcher(method).forward();
  }

  /** For callers that bring a way of their own to the extracted side. */
  dispatcher(method: string): Dispatcher {
    const { capability } = this.#route;
    return new Dispatcher(this.#route, method, capability.methods[method] as AnyMethod);
  }

  /** Of whatever these fields name, at this moment. */
  stageOf(fields: Fields): Stage {
    const { door } = this.#route;
    return door.fixed ?? door.stageFor(fields);
  }

  place(standing: Standing): void {
    this.#route.door.set(standing);
  }

  status(): CapabilityStatus {
    const { capability, door, host, sides } = this.#route;
    const { ceiling, flag } = door.standing;
    const methods = Object.keys(capability.methods);
    return {
      capability: capability.name,
      ...door.decide(host.fields()),
      varies: door.fixed === undefined,
      ceiling,
      warning: flag?.warning,
      breakers: Object.fromEntries(methods.map((method) => [method, sides.breakerState(method)])),
    };
  }

  stop(): void {
    this.#route.sides.stop();
  }
}
