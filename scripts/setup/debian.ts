import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, run } from "../process/command.ts";
import { isExecutable } from "./executable.ts";

const QUIET = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };

/** Installs a Debian package for the whole system; for root. Throws with apt's own last lines. */
export async function installDebianPackage(name: string): Promise<void> {
  const install = ["install", "--yes", "--no-install-recommends", name];
  try {
    await run("apt-get", install, QUIET);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // The lists of a fresh machine are empty or old.
    await run("apt-get", ["update"], QUIET);
    await run("apt-get", install, QUIET);
  }
}

/**
 * Unpacks a Debian package, and those it depends on that the system lacks, under `services`; for any user. apt
 * gets lists and a cache of its own there; what is installed it reads from the system.
 */
export async function unpackDebianPackage(name: string, services: string): Promise<void> {
  const apt = join(services, "apt");
  const root = unpackedRoot(services);
  for (const folder of ["lists/partial", "archives/partial"]) {
    mkdirSync(join(apt, folder), { recursive: true });
  }
  mkdirSync(root, { recursive: true });
  const own = [
    ...["-o", `Dir::State::Lists=${join(apt, "lists")}`],
    ...["-o", `Dir::Cache=${apt}`],
    ...["-o", `Dir::Cache::Archives=${join(apt, "archives")}`],
    ...["-o", "Debug::NoLocking=true"],
    ...["-o", "APT::Sandbox::User="],
  ];
  await run("apt-get", [...own, "update"], QUIET);
  await run(
    "apt-get",
    [...own, "install", "--yes", "--no-install-recommends", "--download-only", name],
    QUIET,
  );
  for (const archive of archivesIn(apt)) await run("dpkg-deb", ["--extract", archive, root], QUIET);
  rmSync(apt, { recursive: true });
  writeCommand(name, services);
}

/** Where the commands of unpacked packages are; they find their own libraries. */
export function unpackedCommands(services: string): string {
  return join(services, "bin");
}

function writeCommand(name: string, services: string): void {
  const root = unpackedRoot(services);
  const file = ["usr/bin", "usr/sbin"]
    .map((folder) => join(folder, name))
    .find((path) => isExecutable(join(root, path)));
  if (file === undefined) throw new Error(`Debian's package ${name} was fetched, but ${name} is not in it`);
  mkdirSync(unpackedCommands(services), { recursive: true });
  writeFileSync(join(unpackedCommands(services), name), commandScript(file, librariesIn(root)), {
    mode: 0o755,
  });
}

// Relative to itself, so that the whole repository can be moved.
function commandScript(file: string, libraries: readonly string[]): string {
  return `#!/bin/sh
root="$(cd "$(dirname "$0")/../debian" && pwd)"
export LD_LIBRARY_PATH="${libraries.map((folder) => `$root/${folder}`).join(":")}"
exec "$root/${file}" "$@"
`;
}

function unpackedRoot(services: string): string {
  return join(services, "debian");
}

function archivesIn(apt: string): string[] {
  const folder = join(apt, "archives");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".deb"))
    .map((file) => join(folder, file));
}

// Debian's multiarch folders: usr/lib/x86_64-linux-gnu and the like.
function librariesIn(root: string): string[] {
  return ["lib", "usr/lib"].flatMap((lib) => {
    const folders = foldersIn(join(root, lib)).filter((name) => name.includes("-linux-"));
    return folders.map((name) => join(lib, name));
  });
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
