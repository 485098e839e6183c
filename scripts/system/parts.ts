import { join } from "node:path";
import type { Port } from "../process/spec.ts";
import type { PortSetting, Settings } from "../settings.ts";

export const NODE: readonly [string, ...string[]] = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
];

export function portsOf(settings: Settings, ...names: readonly PortSetting[]): Port[] {
  return names.map((setting) => ({ setting, port: settings.ports[setting] }));
}

export function dataOf(settings: Settings, name: string): string {
  return join(settings.runDirectory, "data", name);
}
