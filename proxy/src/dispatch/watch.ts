import { compareOutcomes } from "../compare/outcomes.ts";
import type { Entry } from "../ledger/entry.ts";
import { sampleOf } from "../ledger/sample.ts";
import type { Sample } from "../ledger/tally.ts";
import type { Call } from "../model/call.ts";
import type { AnyMethod } from "../model/capability.ts";
import type { Comparison } from "../model/comparison.ts";
import type { Observation, Outcome } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Stage } from "../model/stage.ts";
import type { Ticket } from "../shadow/lane.ts";
import { bookOf, type Route } from "./route.ts";
import { type Seen, see } from "./see.ts";
import type { Lost, Way } from "./way.ts";

/** A call whose caller is about to get its answer: from the authority, or from the side that answered instead. */
export type Called = {
  readonly stage: Stage;
  readonly call: Call;
  readonly authority: Observation<unknown>;
  readonly instead: Observation<unknown> | undefined;
  /** By which the authority was asked, when not by its stub. */
  readonly way: Way | undefined;
};

/** What is counted of a call besides its authority. */
type Judgement = Pick<Entry, "watched" | "result" | "control"> & { readonly sample?: Sample };

/** A place in the lane, or why there is none; undefined when the stage watches nothing. */
export type Admission = Ticket | Lost | undefined;

export function isTicket(admission: Admission): admission is Ticket {
  return admission !== undefined && "args" in admission;
}

/** The watched half of a method's calls: admitted before the authority, run and compared after the answer. */
export class Watch {
  readonly #route: Route;
  readonly #name: string;
  /** Its name among the methods of all capabilities, which share the lane. */
  readonly #timed: string;
  readonly #method: AnyMethod;

  constructor(route: Route, name: string, method: AnyMethod) {
    this.#route = route;
    this.#name = name;
    this.#timed = `${route.capability.name}.${name}`;
    this.#method = method;
  }

  /** Asks for a place in the lane, and copies the arguments before the authority may change them. */
  admit(watched: Side | undefined, args: unknown[] | undefined): Admission {
    const { lane, sides } = this.#route;
    if (!watched) return undefined;
    if (!args) return { reason: "too big", bytes: 0 };
    if (watched === "extracted" && sides.breakerState(this.#name) === "open") {
      return { reason: "breaker open", bytes: 0 };
    }
    return lane.admit(watched, this.#timed, args);
  }

  /** Takes note of the answer before the caller gets it and may change it; the rest happens after that. */
  follow(called: Called, admission: Admission): void {
    const { lane } = this.#route;
    const answered = called.instead ?? called.authority;
    if (answered.side === "in-process") lane.learn(this.#timed, answered.durationMs);
    if (!isTicket(admission)) {
      this.#count(called, admission && lost(unseen(called, admission.bytes) ?? admission));
      return;
    }
    const kept = this.#keep(called, admission);
    if ("reason" in kept) {
      lane.leave(admission);
      this.#count(called, lost(kept));
    } else {
      setImmediate(() => void this.#watch(kept, admission));
    }
  }

  #keep(called: Called, ticket: Ticket): Called | Lost {
    const { outcome } = called.authority;
    const nothing = unseen(called, ticket.bytes);
    if (nothing) return nothing;
    if (outcome.kind !== "value") return called;
    const kept = this.#route.lane.keep(ticket, outcome.value);
    if ("reason" in kept) return kept;
    return { ...called, authority: { ...called.authority, outcome: { ...outcome, value: kept.copy } } };
  }

  /** Never rejects: what goes wrong from here on is lost coverage and nobody's error. */
  async #watch(called: Called, ticket: Ticket): Promise<void> {
    try {
      this.#count(called, await this.#judge(readable(called), ticket));
    } catch (error) {
      this.#route.log.warn({ err: error, method: this.#name }, "a comparison failed");
      this.#count(called, lost({ reason: "comparison failed", bytes: ticket.bytes }));
    } finally {
      this.#route.lane.leave(ticket);
    }
  }

  async #judge(called: Called, ticket: Ticket): Promise<Judgement> {
    const { authority, instead, call } = called;
    const repeat = { method: this.#name, call, side: otherSide(authority.side), ticket };
    const seen: Seen = instead ? { watched: instead } : await see(this.#route, repeat);
    const { watched, again } = seen;
    if (!watched) return lost({ reason: "expired", bytes: ticket.bytes });
    if (isRefused(watched)) return lost({ reason: "breaker open", bytes: ticket.bytes });
    const inProcess = authority.side === "in-process" ? authority : watched;
    const control = again && this.#compare(inProcess, again, ticket).outcome;
    return {
      watched,
      control: control === "match" || control === "mismatch" ? control : undefined,
      ...this.#verdict(called, watched, ticket),
    };
  }

  #verdict(called: Called, watched: Observation<unknown>, ticket: Ticket): Judgement {
    const comparison = this.#compare(called.authority, watched, ticket);
    if (comparison.outcome === "skipped") {
      return lost({ reason: `skipped: ${comparison.because}`, bytes: ticket.bytes });
    }
    if (comparison.outcome !== "mismatch") return { result: comparison };
    const { capability, chance } = this.#route;
    const { stage, authority } = called;
    const seen = {
      method: this.#name,
      stage,
      because: comparison.because,
      args: ticket.args,
      authority,
      watched,
    };
    return {
      result: { outcome: "mismatch" },
      sample: sampleOf(seen, Math.floor(chance() * 2 ** 32), capability.redact),
    };
  }

  #compare(a: Observation<unknown>, b: Observation<unknown>, { args }: Ticket): Comparison {
    if (isLiveOnly(this.#method, a, b)) return LIVE_ONLY;
    return compareOutcomes(a, b, (authority, watched) => this.#method.compare(authority, watched, args));
  }

  #count({ stage, authority, instead }: Called, judgement: Judgement = {}): void {
    const { capability, ledger } = this.#route;
    const book = bookOf(capability);
    const { sample, ...judged } = judgement;
    const { outcome } = authority;
    const fallback = instead && outcome.kind === "failure" ? outcome.failure : undefined;
    ledger.record(book, { method: this.#name, stage, authority, fallback, ...judged });
    if (sample) ledger.sample(book, sample);
  }
}

/** Why there is nothing to compare with, whether or not the lane had room. */
function unseen({ way, authority }: Called, bytes: number): Lost | undefined {
  return way?.lost() ?? (isRefused(authority) ? { reason: "breaker open", bytes } : undefined);
}

/** The call with its answer as the comparator takes it; what cannot be read is a failure of its side. */
function readable(called: Called): Called {
  const { authority, way } = called;
  const { outcome } = authority;
  if (!way || outcome.kind !== "value") return called;
  const read = (): Outcome<unknown> => {
    try {
      return { kind: "value", value: way.read(outcome.value) };
    } catch (error) {
      return { kind: "failure", failure: "error", error };
    }
  };
  return { ...called, authority: { ...authority, outcome: read() } };
}

function lost({ reason, bytes }: Lost): Judgement {
  return { result: { outcome: "lost", reason, bytes } };
}

const LIVE_ONLY: Comparison = { outcome: "skipped", because: "a shadow call cannot fail so" };

/** A failure of the extracted side is answered by a fallback, which is no shadow call. */
function isLiveOnly(
  { liveOnly }: AnyMethod,
  live: Observation<unknown>,
  other: Observation<unknown>,
): boolean {
  const { side, outcome } = live;
  if (outcome.kind === "value" || other.outcome.kind !== "value") return false;
  return (outcome.kind === "answer" || side === "in-process") && (liveOnly?.(outcome.error) ?? false);
}

/** The side was not called at all: its breaker was open. */
function isRefused({ outcome }: Observation<unknown>): boolean {
  return outcome.kind === "failure" && outcome.failure === "breaker open";
}

function otherSide(side: Side): Side {
  return side === "in-process" ? "extracted" : "in-process";
}
