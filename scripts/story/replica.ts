import { join } from "node:path";
import { freePorts } from "../process/ports.ts";
import type { Spec } from "../process/spec.ts";
import type { Settings } from "../settings.ts";
import type { Servers } from "../setup/servers.ts";
import { systemOf } from "../system.ts";

/** One more of the processes named before the last `-`, as `oms-2`, on free ports and with data of its own. */
export async function replicaOf(
  name: string,
  settings: Settings,
  servers: Servers,
): Promise<Spec | undefined> {
  const original = name.replace(/-\d$/, "");
  const isOriginal = (spec: Spec): boolean => spec.name === original;
  const moved = systemOf(settings, servers).find(isOriginal)?.ports;
  if (moved === undefined) return undefined;
  const free = await freePorts(settings.host, moved.length);
  const ports = Object.fromEntries(moved.map(({ setting }, i) => [setting, free[i] ?? 0]));
  const own = {
    ...settings,
    runDirectory: join(settings.runDirectory, name),
    ports: { ...settings.ports, ...ports },
  };
  const spec = systemOf(own, servers).find(isOriginal);
  return spec && { ...spec, name };
}
