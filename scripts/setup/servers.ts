import { delimiter } from "node:path";
import type { Settings } from "../settings.ts";
import { installDebianPackage, unpackDebianPackage, unpackedCommands } from "./debian.ts";
import { onPath } from "./executable.ts";

/** The servers' executables. */
export type Servers = {
  readonly redis: string;
  readonly nats: string;
  /** A configuration file for NATS, where one is wanted. */
  readonly natsConfig?: string;
};

/** Stands for a server that an address in the environment places elsewhere: it is never started. */
const ELSEWHERE = "/bin/false";

/** Finds or fetches what the settings do not place elsewhere: on the PATH, else from Debian's package. */
export async function findServers(settings: Settings, report: (line: string) => void): Promise<Servers> {
  const { given, servicesDirectory } = settings;
  return {
    redis:
      given.redis === undefined ? await findServer("redis-server", servicesDirectory, report) : ELSEWHERE,
    nats: given.nats === undefined ? await findServer("nats-server", servicesDirectory, report) : ELSEWHERE,
  };
}

async function findServer(name: string, services: string, report: (line: string) => void): Promise<string> {
  const present = find(name, services);
  if (present) return present;
  const began = performance.now();
  report(`${name}: not on the PATH; fetching Debian's package`);
  if (process.getuid?.() === 0) await installDebianPackage(name);
  else await unpackDebianPackage(name, services);
  const found = find(name, services);
  if (!found) throw new Error(`Debian's package ${name} was fetched, but ${name} is not in it`);
  report(`${name}: ${found}, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return found;
}

function find(name: string, services: string): string | undefined {
  return onPath(name, [process.env["PATH"], unpackedCommands(services)].join(delimiter));
}
