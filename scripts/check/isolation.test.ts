import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../root.ts";

const KERNEL = "extracted/data-kernel";
const extracted = readdirSync(join(ROOT, "extracted")).map((name) => `extracted/${name}`);
const others = ["monolith", "proxy", "flags", "protos", ...extracted.filter((path) => path !== KERNEL)];

function filesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => !file.includes("node_modules"))
    .map((file) => join(ROOT, folder, file))
    .filter((file) => statSync(file).isFile());
}

test("nothing but the kernel reads the address or the credentials of TerminusDB", () => {
  const reading = others
    .flatMap(filesOf)
    .filter((file) => /TERMINUSDB_|:6363\b/.test(readFileSync(file, "utf8")));
  assert.deepEqual(reading, []);
});
