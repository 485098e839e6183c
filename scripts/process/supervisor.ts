import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Child, type Exit, startChild } from "./child.ts";
import { identify } from "./identity.ts";
import { inOrder } from "./order.ts";
import type { Spec } from "./spec.ts";
import { type Leftover, writeState } from "./state.ts";

export type Change =
  | { readonly is: "starting" | "ready" | "stopping" | "stopped"; readonly name: string }
  | { readonly is: "died"; readonly name: string; readonly exit: Exit; readonly log: string };

export type Options = {
  /** Holds the state file and `logs/`. */
  readonly directory: string;
  readonly host: string;
  /** What every process finds in its environment beside its own. */
  readonly env: NodeJS.ProcessEnv;
  /** What a later command needs to reach the system, kept in the state file. */
  readonly reach: Readonly<Record<string, string>>;
  readonly on: (change: Change) => void;
};

/** Starts processes when what they need is ready, and stops them in reverse order. */
export class Supervisor {
  readonly #options: Options;
  readonly #children: Child[] = [];
  /** Names in the order of their first start: one that is started again keeps its place. */
  readonly #places = new Set<string>();
  #stopping: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
    mkdirSync(join(options.directory, "logs"), { recursive: true });
  }

  /** Starts them all, side by side where needs allow; throws the first failure, with everything stopped. */
  async start(specs: readonly Spec[]): Promise<void> {
    const ready = new Map<string, Promise<unknown>>();
    for (const spec of inOrder(specs)) {
      const needs = spec.needs.map((name) => ready.get(name));
      ready.set(
        spec.name,
        Promise.all(needs).then(() => this.startOne(spec)),
      );
    }
    try {
      await Promise.all(ready.values());
    } catch (error) {
      await this.stop();
      await Promise.allSettled(ready.values());
      throw error;
    }
  }

  /** Starts one process and waits until it is ready; throws, with the process gone, when it does not become so. */
  async startOne(spec: Spec): Promise<Child> {
    if (this.#stopping !== undefined) throw new Error(`${spec.name} was not started: the system is stopping`);
    this.#options.on({ is: "starting", name: spec.name });
    const log = logOf(this.#options.directory, spec.name);
    const child = startChild(spec, log, this.#options.env);
    this.#add(child);
    this.#save();
    try {
      await child.ready(this.#options.host);
    } catch (error) {
      await child.stop();
      if (this.#stopping === undefined) this.#remove(child);
      throw error;
    }
    this.#options.on({ is: "ready", name: spec.name });
    if ("exit" in spec.readiness) this.#remove(child);
    else void this.#watch(child);
    return child;
  }

  /** The running process of that name; throws when there is none. */
  child(name: string): Child {
    const child = this.#children.find(({ spec }) => spec.name === name);
    if (!child) throw new Error(`${name} does not run`);
    return child;
  }

  /** Stops what runs, one after the other, what was started last first. Callable at any time, more than once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      this.#options.on({ is: "stopping", name: child.spec.name });
      await child.stop();
      this.#options.on({ is: "stopped", name: child.spec.name });
    }
    this.#children.length = 0;
    this.#save();
  }

  async #watch(child: Child): Promise<void> {
    const exit = await child.exited;
    if (this.#stopping !== undefined || !this.#children.includes(child)) return;
    this.#remove(child);
    this.#options.on({ is: "died", name: child.spec.name, exit, log: child.log });
  }

  #add(child: Child): void {
    const places = [...this.#places.add(child.spec.name)];
    this.#children.push(child);
    this.#children.sort((a, b) => places.indexOf(a.spec.name) - places.indexOf(b.spec.name));
  }

  #remove(child: Child): void {
    this.#children.splice(this.#children.indexOf(child), 1);
    this.#save();
  }

  #save(): void {
    const starter = identify(process.pid);
    if (!starter) throw new Error("/proc does not show this process: Linux is needed");
    const processes: Leftover[] = this.#children.map(({ spec, identity }) => ({
      ...identity,
      name: spec.name,
    }));
    writeState(this.#options.directory, { starter, processes, env: { ...this.#options.reach } });
  }
}

export function logOf(directory: string, name: string): string {
  return join(directory, "logs", `${name.replaceAll(" ", "-")}.log`);
}

/** Empties the logs of an earlier run. */
export function removeLogs(directory: string): void {
  rmSync(join(directory, "logs"), { recursive: true, force: true });
}
