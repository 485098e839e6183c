import type { Spec } from "./process/spec.ts";
import { type Settings, STORE } from "./settings.ts";
import type { Servers } from "./setup/servers.ts";
import { nats, pushFlags, redis, unleash } from "./system/servers.ts";
import {
  embedding,
  eventGateway,
  kernels,
  oms,
  schedulerApi,
  schedulerWorker,
  seed,
} from "./system/services.ts";

/**
 * The one list of processes, and of the steps between them. What has an address of its own in the environment is
 * someone else's and not in the list. Commands run from the repository's root.
 */
export function systemOf(settings: Settings, servers: Servers): Spec[] {
  const { given } = settings;
  return [
    ...(given.redis === undefined ? [redis(settings, servers)] : []),
    ...(given.nats === undefined ? [nats(settings, servers)] : []),
    ...(given.unleash === undefined ? [unleash(settings)] : []),
    ...(settings.adminToken === undefined ? [] : [pushFlags(settings)]),
    ...(given.kernel === undefined ? kernels(settings) : []),
    ...(given.embedding === undefined ? [embedding(settings)] : []),
    ...(given.scheduler === undefined ? [schedulerApi(settings), schedulerWorker(settings)] : []),
    ...(given.eventGateway === undefined ? [eventGateway(settings)] : []),
    oms(settings),
    seed(settings),
  ];
}

/** What of `env` every process may inherit: not the store, which the kernels alone may reach. */
export function commonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !STORE.some((each) => each === name)));
}
