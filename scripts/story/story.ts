import type { Target } from "@oms/flags/admin.ts";
import type { Exit } from "../process/child.ts";
import type { Spec } from "../process/spec.ts";
import type { Addresses } from "../system/addresses.ts";

export type SharedServer = "redis" | "nats" | "unleash";
export type ServiceName =
  | "data-kernel"
  | "data-kernel-2"
  | "embedding-service"
  | "scheduler-api"
  | "scheduler-worker"
  | "event-gateway"
  | "oms";
/** One more of a kind: alike in all, on ports and with data of its own. */
export type ReplicaName = `${"oms" | "scheduler-api" | "scheduler-worker" | "event-gateway"}-${2 | 3 | 4}`;
export type ProcessName = SharedServer | ServiceName | ReplicaName;

/** A whole scenario on real processes and sockets: `export const story: Story` of a file in scripts/stories/. */
export type Story = {
  readonly title: string;
  /** What it shows, in a sentence. */
  readonly summary: string;
  /** Servers the story stops or kills, so that it needs its own; it starts them itself, by name. */
  readonly own?: readonly SharedServer[];
  readonly run: (context: StoryContext) => Promise<void>;
};

export type StoryContext = {
  /** The long form: more calls, longer holds. */
  readonly long: boolean;
  /** Numbers from 0 up to 1, the same for the same seed. */
  readonly random: () => number;
  /** Aborts when the story is over, by its end or by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly system: System;
  /** What the last line tells, in this order: a number as `1,234 calls`, a text as `p99 3.1 ms`. */
  readonly figures: Record<string, number | string>;
  /** Tells what happens now. */
  readonly progress: (text: string) => void;
  /** Ends the story as failed when `condition` does not hold; `text` says what should. */
  readonly check: (condition: boolean, text: string) => void;
  /**
   * Asks until the answer is neither undefined nor false, and returns it; ends the story as failed after `seconds`
   * (120). An error while asking is an answer not yet there.
   */
  readonly until: <T>(ask: () => T | Promise<T>, what: string, seconds?: number) => Promise<Answer<T>>;
  /** Moves the story's own flag of a capability, as a release manager does. */
  readonly setStage: (capability: string, target: Target) => Promise<void>;
  /** One HTTP call with a JSON body, if any; any status is an answer. */
  readonly http: (method: string, url: string, request?: HttpRequest) => Promise<HttpAnswer>;
};

export type Answer<T> = Exclude<T, undefined | false>;

/** The system under the story: its own processes, beside the suite's servers. */
export type System = {
  /** Where each part is, started or not. */
  readonly addresses: Addresses;
  /** What a command, or a client of the story's own, needs to reach it: REDIS_URL, FLAG_PREFIX and the like. */
  readonly env: Readonly<Record<string, string>>;
  /** A directory of the story's own, for files. */
  readonly directory: string;
  /** Starts processes of scripts/system.ts in order and returns when all are ready. */
  readonly start: <N extends ProcessName>(
    names: readonly N[],
    env?: Readonly<Record<string, string>>,
  ) => Promise<Readonly<Record<N, Handle>>>;
  /** Starts processes that no list but the story's own has, in order. */
  readonly startOwn: (specs: readonly Spec[]) => Promise<readonly Handle[]>;
  /** The executable of redis-server. */
  readonly redisServer: string;
  /** The executable of nats-server. */
  readonly natsServer: string;
  /** Pushes the story's flags to an Unleash of its own; one that the suite shares has them already. */
  readonly pushFlags: () => Promise<void>;
};

/** A running process of the story. One that dies without `kill` or `stop` fails the story. */
export type Handle = {
  readonly name: string;
  readonly pid: () => number;
  /** Where it answers HTTP; "" of what does not. */
  readonly url: string;
  /** Sends a signal. SIGKILL and SIGTERM mean that the process is expected to end, SIGSTOP that it may be ended. */
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly exited: () => Promise<Exit>;
  /** Until it is started again, its end by itself fails nothing. */
  readonly letDie: () => void;
  /** False once it has ended, whoever ended it; a stopped one still runs. */
  readonly runs: () => boolean;
  readonly stop: () => Promise<void>;
  /** Stops it if it runs, starts it with `env` on top of what it had, and waits until it is ready. */
  readonly restart: (env?: Readonly<Record<string, string>>) => Promise<void>;
  /** All it has written so far. */
  readonly log: () => string;
};

export type HttpRequest = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Milliseconds until the call is given up, 10,000 by default. */
  readonly timeoutMs?: number;
};

/** `body` is parsed JSON where the answer is JSON, text otherwise. */
export type HttpAnswer = { readonly status: number; readonly headers: Headers; readonly body: unknown };
