import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { onPath } from "./executable.ts";

const root = mkdtempSync(join(tmpdir(), "executable-"));
after(() => rmSync(root, { recursive: true }));

function file(folder: string, name: string, mode: number): string {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, name), "");
  chmodSync(join(root, folder, name), mode);
  return join(root, folder, name);
}

test("the first executable on the PATH is found; a file that cannot be run is not", () => {
  file("one", "some-server", 0o644);
  const found = file("two", "some-server", 0o755);
  const path = ["", "one", "two"].map((folder) => folder && join(root, folder)).join(":");
  assert.equal(onPath("some-server", path), found);
});

test("what is nowhere is not found", () => {
  assert.equal(onPath("no-such-server", join(root, "one")), undefined);
});
