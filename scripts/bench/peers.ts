import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { run } from "../process/command.ts";
import { ROOT } from "../root.ts";
import { readSettings } from "../settings.ts";

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
