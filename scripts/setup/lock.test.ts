import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../root.ts";

type Entry = {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
};
const read = (name: string) => JSON.parse(readFileSync(join(ROOT, name), "utf8"));
const packages: Readonly<Record<string, Entry>> = read("package-lock.json").packages;

// Where Node, and so npm, would find `name` from the package at `path`.
function isLocked(name: string, path: string): boolean {
  if (`${path}/node_modules/${name}` in packages) return true;
  return path === "" || path === "." ? `node_modules/${name}` in packages : isLocked(name, dirname(path));
}

test("the lock names the builds for every platform, as npm ci refuses one that leaves some out", () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) => {
    return Object.keys(optionalDependencies).filter((name) => !isLocked(name, path));
  });
  assert.deepEqual(missing, []);
});

test("package.json says of every package with an install script whether it may run", () => {
  const scripted = Object.entries(packages).filter(([, entry]) => entry.hasInstallScript);
  const names = scripted.map(([path]) => path.replace(/^.*node_modules\//, ""));
  const decided: Readonly<Record<string, boolean>> = read("package.json").allowScripts;
  assert.deepEqual(
    names.filter((name) => decided[name] === undefined),
    [],
  );
});
