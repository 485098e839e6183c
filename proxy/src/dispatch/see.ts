import type { Call } from "../model/call.ts";
import type { Observation } from "../model/observation.ts";
import type { Side } from "../model/side.ts";
import type { Ticket } from "../shadow/lane.ts";
import type { Route } from "./route.ts";

/** A call that has its answer, to be made once more off the caller's path. */
export type Repeat = {
  readonly method: string;
  /** The authority's call. */
  readonly call: Call;
  readonly side: Side;
  readonly ticket: Ticket;
};

/** What was seen off the caller's path; a side whose turn came too late is absent. */
export type Seen = {
  readonly watched: Observation<unknown> | undefined;
  /** The in-process side once more, on a share of the calls: its own noise. */
  readonly again?: Observation<unknown> | undefined;
};

/**
 * Runs the watched side. When the in-process side is run once more as well, chance decides which goes first, so
 * that what changes in between does not count more often against one of them.
 */
export async function see(route: Route, repeat: Repeat): Promise<Seen> {
  const watch = () => run(route, repeat, repeat.side);
  if (!route.lane.admitControl(repeat.ticket)) return { watched: await watch() };
  const control = () => run(route, repeat, "in-process");
  if (route.chance() < 0.5) {
    const again = await control();
    return { watched: await watch(), again };
  }
  return { watched: await watch(), again: await control() };
}

async function run(
  { lane, sides }: Route,
  { method, call: of, ticket }: Repeat,
  side: Side,
): Promise<Observation<unknown> | undefined> {
  await sides.warm(side);
  return lane.turn(ticket, side, () => {
    const call = { key: of.key, deadline: Date.now() + sides.deadlineMs(method), shadow: true, of };
    // A copy for each run: a side may change what it is given.
    const request = { method, call, args: structuredClone(ticket.args) };
    return side === "extracted" ? sides.extracted(request) : sides.watchedInProcess(request);
  });
}
