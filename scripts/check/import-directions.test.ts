import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../root.ts";

const FORBIDDEN: readonly [file: string, imports: string, why: string][] = [
  ["monolith/src/app.ts", "@oms/embedding-service/service.ts", "a caller past the door"],
  ["monolith/src/app.ts", "@oms/scheduler-service/api.ts", "a caller past the door of scheduling"],
  ["monolith/src/ontology/x.ts", "../core/embeddings/in-process/model.ts", "a caller behind the door"],
  ["monolith/src/rest/x.ts", "@oms/scheduler-in-process/runner.ts", "a caller at the scheduler's module"],
  ["monolith/src/rest/x.ts", "../core/embeddings/migration.ts", "a caller of the migration"],
  ["monolith/src/x.ts", "../../extracted/chassis/config.ts", "a workspace crossed by a path"],
  [
    "monolith/src/core/embeddings/in-process/x.ts",
    "@oms/proxy/strangle.ts",
    "a module that knows of its migration",
  ],
  ["extracted/data-kernel/x.ts", "@oms/monolith/src/app.ts", "a service that imports OMS"],
  ["extracted/embedding-service/x.ts", "@oms/proxy/strangle.ts", "a service that imports the strangler"],
  ["extracted/chassis/x.ts", "@oms/protos/oms/kernel/v1/kernel.ts", "a chassis with a domain"],
  ["proxy/src/x.ts", "@oms/chassis/config.ts", "a strangler that imports ours"],
  ["proxy/src/model/x.ts", "../stage/stage.ts", "a model that imports a step"],
  ["proxy/src/compare/x.ts", "../ledger/ledger.ts", "a step that imports a step"],
  ["flags/x.ts", "@oms/chassis/config.ts", "flags that import ours"],
  ["monolith/src/x.ts", "@oms/data-kernel/store/sqlite.ts", "OMS past the kernel, to its store"],
  ["monolith/src/x.ts", "../../extracted/data-kernel/store/sqlite.ts", "OMS at the store by a path"],
  [
    "monolith/src/core/embeddings/in-process/x.ts",
    "@oms/data-kernel/store/port.ts",
    "a module past the kernel, to its store",
  ],
  ["extracted/embedding-service/x.ts", "@oms/data-kernel/store/terminus.ts", "a service at a store"],
  ["extracted/embedding-service/x.ts", "../data-kernel/store/sqlite.ts", "a service at a store by a path"],
  ["extracted/chassis/x.ts", "@oms/data-kernel/store/port.ts", "a chassis that knows the store"],
  ["proxy/src/x.ts", "@oms/data-kernel/store/sqlite.ts", "a strangler that knows the store"],
  ["flags/x.ts", "@oms/data-kernel/store/sqlite.ts", "flags that know the store"],
];

const ALLOWED: readonly [file: string, imports: string][] = [
  ["monolith/src/app.ts", "./core/embeddings/index.ts"],
  ["monolith/src/app.ts", "@oms/chassis/config.ts"],
  ["monolith/src/core/embeddings/in-process/x.ts", "@oms/data-kernel/client.ts"],
  ["extracted/embedding-service/x.ts", "@oms/data-kernel/client.ts"],
  ["proxy/src/compare/x.ts", "../model/comparison.ts"],
  ["proxy/src/strangle.ts", "./compare/json.ts"],
];

// A tree with nothing but the linter's own rules and one planted import per folder.
const tree = mkdtempSync(join(tmpdir(), "imports-"));
after(() => rmSync(tree, { recursive: true }));
copyFileSync(join(ROOT, "biome.json"), join(tree, "biome.json"));
const planted = [...FORBIDDEN, ...ALLOWED].map(([file, imported], i) => {
  const path = file.replace(/\.ts$/, `-${i}.ts`);
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), `import { x } from "${imported}";\n`);
  return path;
});
const lint = spawnSync(
  join(ROOT, "node_modules", ".bin", "biome"),
  [
    "lint",
    "--vcs-enabled=false",
    "--only=style/noRestrictedImports",
    "--max-diagnostics=none",
    "--reporter=github",
  ],
  { cwd: tree, encoding: "utf8" },
);
const isRefused = (i: number): boolean => {
  return lint.stdout
    .split("\n")
    .some((line) => line.includes("noRestrictedImports") && line.includes(planted[i] ?? "?"));
};

for (const [i, [file, imported, why]] of FORBIDDEN.entries()) {
  test(`the linter refuses ${why}: ${imported} in ${file}`, () => assert.ok(isRefused(i), lint.stderr));
}

for (const [i, [file, imported]] of ALLOWED.entries()) {
  test(`the linter allows ${imported} in ${file}`, () => assert.ok(!isRefused(FORBIDDEN.length + i)));
}

test("whatever the linter says, Node finds nothing of the kernel but its client, and what tests start one with", async () => {
  const kernel = new URL(import.meta.resolve("@oms/data-kernel/client.ts"));
  const { exports } = JSON.parse(readFileSync(new URL("package.json", kernel), "utf8"));
  assert.deepEqual(Object.keys(exports), ["./client.ts", "./kernel.fixture.ts"]);
  for (const path of ["store/sqlite.ts", "store/port.ts", "store/terminus.ts", "kernel.ts", "package.json"]) {
    await assert.rejects(import(`@oms/data-kernel/${path}`), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
  }
});
