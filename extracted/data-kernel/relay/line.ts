import { moveCursors } from "../rewrite/cursors.ts";
import type { Branch, ChangesReply, Store } from "../store/port.ts";
import { isAbsent } from "./absent.ts";
import { pauseAfter } from "./backoff.ts";
import { Deliveries, type DeliveryParts } from "./deliveries.ts";
import type { Standing } from "./metrics.ts";
import { Parking } from "./parking.ts";
import { Place } from "./place.ts";
import type { Asked, Trouble } from "./records.ts";
import { drain, replay } from "./replay.ts";
import { Overtaken } from "./sink.ts";

export type LineParts = Omit<DeliveryParts, "sink" | "branch"> & {
  readonly store: Store;
  /** 0 up to 1. */
  readonly random: () => number;
};

/** A line that is overtaken so often in a row meets something else than a twin. */
const MOST_OVERTAKEN = 5;

type Open = { readonly place: Place; readonly parking: Parking; readonly deliveries: Deliveries };
/** What keeps the line from getting on. */
type Obstacle = { readonly error: string; readonly attempts: number; readonly sinceMs: number };

/** One sink on one branch: follows the commit log from its cursor, for as long as its kernel leads. */
export class Line {
  readonly #parts: LineParts & DeliveryParts;
  readonly #branch: Branch;
  #open: Open | undefined;
  #obstacle: Obstacle | undefined;
  /** How often in a row it had to begin again. */
  #overtaken = 0;
  #stopped = false;
  /** When the oldest commit not yet delivered was made; undefined when there is none. */
  #oldestMs: number | undefined;
  #movedMs: number | undefined;

  constructor(parts: LineParts, sink: DeliveryParts["sink"], branch: Branch) {
    this.#parts = { ...parts, sink, branch: branch.name };
    this.#branch = branch;
  }

  /** Whether all up to `head` is delivered and written down. */
  isAt(head: string): boolean {
    return this.#open?.place.cursor.commit === head && this.#open.place.isSaved && !this.#obstacle;
  }

  get standing(): Standing {
    const { sink, branch, now } = this.#parts;
    const lagMs = this.#oldestMs === undefined ? 0 : Math.max(0, now() - this.#oldestMs);
    const parked = this.#open?.parking.count ?? 0;
    return { sink: sink.name, branch, lagSeconds: lagMs / 1000, parked, stopped: this.#stopped };
  }

  get trouble(): Trouble | undefined {
    const { sink, branch } = this.#parts;
    const obstacle = this.#obstacle ?? this.#open?.deliveries.failing;
    if (!obstacle) return undefined;
    const { error, attempts, sinceMs } = obstacle;
    return { sink: sink.name, branch, error, attempts, sinceMs };
  }

  /** Delivers what it can. Answers in how many milliseconds it wants another turn; undefined: when there is more. */
  async turn(): Promise<number | undefined> {
    const { store, branch } = this.#parts;
    const fresh = this.#open === undefined;
    try {
      // A rewrite of the branch may have died before it moved the cursors.
      if (fresh) await moveCursors(store, branch);
      this.#open ??= await this.#begin();
      const pause = await this.#forward(this.#open);
      this.#obstacle = undefined;
      this.#overtaken = 0;
      this.#stopped = false;
      return pause;
    } catch (error) {
      return this.#failed(error, fresh);
    }
  }

  /** What an operator asked for, at once: what became of it shows in what is parked. */
  async obey(asked: Asked): Promise<void> {
    // What went out since the cursor was moved is written down: it needs no second delivery.
    if (asked.do === "reopen") return this.close();
    for (let tries = 1; ; tries++) {
      try {
        return await this.#settle(asked);
      } catch (error) {
        this.#reopen();
        if (!(error instanceof Overtaken) || tries === MOST_OVERTAKEN) throw error;
      }
    }
  }

  async #settle(asked: Exclude<Asked, { do: "reopen" }>): Promise<void> {
    this.#open ??= await this.#begin();
    const parked = { sink: this.#parts.sink, ...this.#open };
    if (asked.do === "discard") await parked.parking.remove(asked);
    else await replay(parked, asked);
    await drain(parked);
  }

  /** Writes the cursor down, if it may. */
  async close(): Promise<void> {
    if (this.#open && !this.#open.place.isSaved) await this.#open.place.save();
    this.#reopen();
  }

  async #begin(): Promise<Open> {
    const { store, sink, branch } = this.#parts;
    const place = await Place.open(store, sink, this.#branch);
    if (!place) throw new Overtaken("another kernel moves this cursor");
    const parking = await Parking.load(store, { sink: sink.name, branch });
    const open = { place, parking, deliveries: new Deliveries(this.#parts, parking) };
    await drain({ sink, ...open });
    return open;
  }

  #reopen(): void {
    this.#open = undefined;
    this.#movedMs = undefined;
  }

  async #forward(open: Open): Promise<number | undefined> {
    const { store, sink, branch, tempo, signal } = this.#parts;
    const { place, parking, deliveries } = open;
    for (let skip = 0; !signal.aborted; ) {
      const after = place.cursor.commit;
      const page = await store.changes({ branch, after, skip, at: "", limit: tempo.page });
      const [first] = page.commits;
      this.#oldestMs = first?.commit.timeMs;
      if (!first) break;
      const all = await this.#deliver(open, page, skip);
      if (deliveries.failing) {
        await this.#save(place);
        return this.#pause(deliveries.failing.attempts);
      }
      await this.#saveWhenDue(place);
      skip = all && page.more ? skip + first.changes.length : 0;
    }
    await this.#saveWhenDue(place);
    if (!place.isSaved) return tempo.saveMs;
    const { commit: at } = place.cursor;
    if (at !== "") await sink.settled?.(branch, { at, isParked: (key) => parking.blocks(key) });
    return undefined;
  }

  /** Whether all of the page is done. */
  async #deliver({ place, deliveries }: Open, page: ChangesReply, skip: number): Promise<boolean> {
    const { sink } = this.#parts;
    const parts = page.commits.map((each, i) => ({ ...each, skip: i === 0 ? skip : 0 }));
    const left = parts.flatMap((part) => sink.entriesOf(part)).filter((entry) => !place.isDone(entry));
    const stuck = await deliveries.take(left, (entry) => place.did(entry));
    const whole = parts.findLast(({ commit }) => !stuck || commit.sequence < stuck.commit.sequence);
    if (whole && !page.more) {
      place.reach(whole.commit);
      this.#movedMs ??= this.#parts.now();
    }
    return !stuck;
  }

  async #saveWhenDue(place: Place): Promise<void> {
    const { now, tempo } = this.#parts;
    if (this.#movedMs !== undefined && now() - this.#movedMs >= tempo.saveMs) await this.#save(place);
  }

  async #save(place: Place): Promise<void> {
    if (!place.isSaved && !(await place.save())) throw new Overtaken("the cursor was moved");
    this.#movedMs = undefined;
  }

  #failed(error: unknown, fresh: boolean): number | undefined {
    const { logger, sink, branch, now, tempo } = this.#parts;
    if (isAbsent(error, "branch")) return undefined;
    this.#reopen();
    const lost = isAbsent(error, "after");
    if (error instanceof Overtaken) this.#overtaken += 1;
    const again = error instanceof Overtaken && this.#overtaken < MOST_OVERTAKEN;
    if ((lost && !fresh) || again) return tempo.backoff.firstMs;
    const { attempts = 0, sinceMs = now() } = this.#obstacle ?? {};
    const message = error instanceof Error ? error.message : String(error);
    this.#obstacle = { error: message, attempts: attempts + 1, sinceMs };
    if (lost && !this.#stopped)
      logger.error(
        { sink: sink.name, branch },
        "the cursor's commit is not in the log: deliveries stop until it is moved",
      );
    else if (attempts === 0)
      logger.warn({ err: error, sink: sink.name, branch }, "the relay does not get on");
    this.#stopped = lost;
    return this.#pause(attempts + 1);
  }

  #pause(attempts: number): number {
    return pauseAfter(attempts, this.#parts.tempo.backoff, this.#parts.random());
  }
}
