import { readFileSync } from "node:fs";
import type { Child } from "../process/child.ts";
import { isAlive } from "../process/identity.ts";
import { refuseTakenPorts } from "../process/ports.ts";
import type { Spec } from "../process/spec.ts";
import { Supervisor } from "../process/supervisor.ts";
import type { Settings } from "../settings.ts";
import type { Servers } from "../setup/servers.ts";
import { addressesOf, reachOf } from "../system/addresses.ts";
import { systemOf } from "../system.ts";
import { replicaOf } from "./replica.ts";
import type { Handle, ProcessName, System } from "./story.ts";

// A kernel that is stopped while it has the store locked is ended by its twin.
const ENDING: readonly NodeJS.Signals[] = ["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGSTOP"];

type Running = { spec: Spec; child: Child; expectedToEnd: boolean };

/** The processes of one story, under one supervisor in the story's own directory. */
export class StoryProcesses {
  readonly #settings: Settings;
  readonly #servers: Servers;
  readonly #supervisor: Supervisor;
  readonly #running = new Map<string, Running>();

  /** `died` hears of a process that ended by itself. */
  constructor(settings: Settings, servers: Servers, died: (name: string, log: string) => void) {
    this.#settings = settings;
    this.#servers = servers;
    this.#supervisor = new Supervisor({
      directory: settings.runDirectory,
      host: settings.host,
      env: plainEnvironment(process.env),
      reach: reachOf(settings),
      on: (change) => {
        if (change.is === "died" && !this.#running.get(change.name)?.expectedToEnd)
          died(change.name, change.log);
      },
    });
  }

  system(): System {
    return {
      addresses: addressesOf(this.#settings),
      env: reachOf(this.#settings),
      directory: this.#settings.runDirectory,
      start: async <N extends ProcessName>(names: readonly N[], env = {}) => {
        const specs: Spec[] = [];
        for (const name of names) specs.push(withEnv(await this.#specOf(name), env));
        const handles = await this.#start(specs);
        return Object.fromEntries(handles.map((handle) => [handle.name, handle])) as Record<N, Handle>;
      },
      startOwn: (specs) => this.#start(specs),
      redisServer: this.#servers.redis,
      natsServer: this.#servers.nats,
      pushFlags: async () => {
        await this.#supervisor.startOne(await this.#specOf("push flags"));
      },
    };
  }

  stop(): Promise<void> {
    return this.#supervisor.stop();
  }

  async #start(specs: readonly Spec[]): Promise<Handle[]> {
    await refuseTakenPorts(specs, this.#settings.host);
    await this.#supervisor.start(specs);
    return specs.map((spec) => this.#handle(spec));
  }

  #handle(spec: Spec): Handle {
    const { name } = spec;
    const running = { spec, child: this.#supervisor.child(name), expectedToEnd: false };
    this.#running.set(name, running);
    const stop = async (): Promise<void> => {
      running.expectedToEnd = true;
      await running.child.stop();
    };
    return {
      name,
      url: "http" in spec.readiness ? new URL(spec.readiness.http).origin : "",
      pid: () => running.child.identity.pid,
      kill: (signal) => {
        if (ENDING.includes(signal)) running.expectedToEnd = true;
        if (signal === "SIGCONT") running.expectedToEnd = false;
        running.child.kill(signal);
      },
      exited: () => running.child.exited,
      letDie: () => {
        running.expectedToEnd = true;
      },
      runs: () => isAlive(running.child.identity),
      stop,
      restart: async (env = {}) => {
        await stop();
        running.spec = withEnv(running.spec, env);
        running.child = await this.#supervisor.startOne(running.spec);
        running.expectedToEnd = false;
      },
      log: () => readFileSync(running.child.log, "utf8"),
    };
  }

  async #specOf(name: string): Promise<Spec> {
    const specs = systemOf(this.#settings, this.#servers);
    const spec = specs.find((each) => each.name === name);
    const found = spec ?? (await replicaOf(name, this.#settings, this.#servers));
    if (found) return found;
    throw new Error(
      `this story cannot start "${name}"; it can start: ${specs.map((each) => each.name).join(", ")}`,
    );
  }
}

function withEnv(spec: Spec, env: Readonly<Record<string, string>>): Spec {
  return { ...spec, env: { ...spec.env, ...env } };
}

// A story's processes see the settings of the story alone, whatever the shell that runs it has set.
function plainEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "LOG_LEVEL"];
  const plain = Object.fromEntries(
    kept.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]),
  );
  return { ...plain, UNLEASH_REFRESH_MS: "200" };
}
