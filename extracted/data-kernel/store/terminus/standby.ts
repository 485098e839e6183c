import { z } from "zod";
import { type Patience, repeat } from "./backoff.ts";
import { Refused } from "./errors.ts";
import type { Call, Exchange } from "./exchange.ts";
import { SCRATCH } from "./setup.ts";

/** A server with one of its databases; `authorization` is how another server signs in to it. */
export type Place = { readonly exchange: Exchange; readonly url: string; readonly authorization: string };

export type Followed = {
  readonly primary: Place;
  readonly standby: Place;
  /** `ORG/DB`, the same on both. */
  readonly database: string;
};

/** What one round did to the standby's branches, by their names there. */
export type Round = {
  readonly cloned: boolean;
  readonly unchanged: string[];
  readonly advanced: string[];
  readonly created: string[];
  /** Rewritten on the primary, and so made anew. */
  readonly remade: string[];
  readonly removed: string[];
};

const REMOTE = "origin";
const TRIES = 5;

const branches = z.array(z.object({ name: z.string() }));
const pulled = z.object({ "api:pull_status": z.string() });

/**
 * Brings the standby's copy up to the primary's: clones it when it is not there, then pulls every branch. What the
 * primary acknowledges after a round is not on the standby before the next one. Users and roles are not copied.
 */
export async function followOnce(followed: Followed, patience: Patience): Promise<Round> {
  const round: Round = { cloned: false, unchanged: [], advanced: [], created: [], remade: [], removed: [] };
  const steps = new Steps(followed, patience);
  const cloned = await steps.cloneUnlessThere();
  const wanted = await steps.branchesOf(followed.primary);
  const there = new Set(await steps.branchesOf(followed.standby));
  if (!cloned) await steps.fetch();
  for (const name of wanted) {
    // It has to be there for the kernels that may come here one day; what is on it is nobody's.
    if (name === SCRATCH && there.has(name)) continue;
    const outcome = there.has(name) ? await steps.pull(name) : await steps.create(name);
    round[outcome].push(name);
  }
  for (const name of there) {
    if (wanted.includes(name)) continue;
    await steps.remove(name);
    round.removed.push(name);
  }
  return { ...round, cloned };
}

/** The requests of a round, each repeated while it has no answer: doing one twice is doing it once. */
class Steps {
  readonly #followed: Followed;
  readonly #patience: Patience;

  constructor(followed: Followed, patience: Patience) {
    this.#followed = followed;
    this.#patience = patience;
  }

  async branchesOf({ exchange }: Place): Promise<string[]> {
    const { database } = this.#followed;
    const query = { type: "Branch", as_list: "true" };
    const path = `document/${database}/local/_commits`;
    const { body } = await this.#ask(exchange, { method: "GET", path, query });
    return branches.parse(body).map(({ name }) => name);
  }

  async cloneUnlessThere(): Promise<boolean> {
    const { database, primary } = this.#followed;
    try {
      await this.#send({ method: "GET", path: `db/${database}` });
      return false;
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== "NOT_FOUND") throw error;
    }
    const remote = { remote_url: `${primary.url}/${database}`, remote: REMOTE };
    const body = { label: database, comment: "a standby", public: false, ...remote };
    await this.#send({ method: "POST", path: `clone/${database}`, body });
    return true;
  }

  async fetch(): Promise<void> {
    const path = `fetch/${this.#followed.database}/${REMOTE}/_commits`;
    await this.#send({ method: "POST", path, body: {} });
  }

  /** Pull only goes forward: a branch that was rewritten is taken away and made again at the primary's head. */
  async pull(name: string): Promise<"unchanged" | "advanced" | "remade"> {
    const body = { remote: REMOTE, remote_branch: name };
    try {
      const answer = await this.#send({ method: "POST", path: `pull/${this.#local(name)}`, body });
      return /unchanged$/.test(pulled.parse(answer.body)["api:pull_status"]) ? "unchanged" : "advanced";
    } catch (error) {
      const rewritten =
        error instanceof Refused &&
        ["api:HistoryDivergedError", "api:NoCommonHistoryError"].includes(error.type);
      if (!rewritten) throw error;
    }
    await this.remove(name);
    await this.create(name);
    return "remade";
  }

  async create(name: string): Promise<"created"> {
    const origin = `${this.#followed.database}/${REMOTE}/branch/${name}`;
    const made = this.#send({ method: "POST", path: `branch/${this.#local(name)}`, body: { origin } });
    await unless("ALREADY_EXISTS", made);
    return "created";
  }

  async remove(name: string): Promise<void> {
    await unless("NOT_FOUND", this.#send({ method: "DELETE", path: `branch/${this.#local(name)}` }));
  }

  #local(name: string): string {
    return `${this.#followed.database}/local/branch/${name}`;
  }

  #send(call: Call) {
    const { primary, standby } = this.#followed;
    const headers = { "authorization-remote": primary.authorization };
    return this.#ask(standby.exchange, { ...call, headers });
  }

  #ask(exchange: Exchange, call: Call) {
    const worth = (error: unknown) =>
      error instanceof Refused && (error.isFailure || error.code === "ABORTED");
    return repeat(() => exchange.ask(call), { tries: TRIES, worth }, this.#patience);
  }
}

async function unless(code: Refused["code"], step: Promise<unknown>): Promise<void> {
  try {
    await step;
  } catch (error) {
    if (!(error instanceof Refused) || error.code !== code) throw error;
  }
}
