import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { run } from "../process/command.ts";
import { ROOT } from "../root.ts";
import { readSettings } from "../settings.ts";
import { unpackDebianPackage, unpackedCommands } from "../setup/debian.ts";
import { onPath } from "../setup/executable.ts";

/** Where benches keep what they compare with; none of it is part of the project. */
export const BENCH_DIRECTORY = join(readSettings(process.env, ROOT).servicesDirectory, "bench");

/** Installs an npm package for a bench, unless that version is there. */
export async function installPeer(
  name: string,
  version: string,
  progress: (text: string) => void,
): Promise<void> {
  if ((await installedVersion(name)) === version) return;
  progress(`installing ${name}@${version}`);
  await mkdir(BENCH_DIRECTORY, { recursive: true });
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["install", "--prefix", BENCH_DIRECTORY, ...quiet, "--save-exact", `${name}@${version}`]);
}

/** The command `name` of this machine, else of Debian's package of that name, unpacked and never started. */
export async function findPeer(name: string, progress: (text: string) => void): Promise<string> {
  const find = () => onPath(name, [process.env["PATH"], unpackedCommands(BENCH_DIRECTORY)].join(delimiter));
  const present = find();
  if (present) return present;
  progress(`fetching Debian's package ${name}`);
  await unpackDebianPackage(name, BENCH_DIRECTORY);
  const found = find();
  if (!found) throw new Error(`Debian's package ${name} was fetched, but ${name} is not in it`);
  return found;
}

/** Loads a package that `installPeer` has installed. */
export function loadPeer(name: string): unknown {
  return createRequire(join(BENCH_DIRECTORY, "package.json"))(name);
}

async function installedVersion(name: string): Promise<string | undefined> {
  try {
    const manifest = await readFile(join(BENCH_DIRECTORY, "node_modules", name, "package.json"), "utf8");
    return JSON.parse(manifest).version;
  } catch {
    return undefined;
  }
}
