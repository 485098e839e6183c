import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { differences } from "./same-files.ts";

const root = mkdtempSync(join(tmpdir(), "same-files-"));
after(() => rmSync(root, { recursive: true }));

function folder(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name, path)), { recursive: true });
    writeFileSync(join(root, name, path), content);
  }
  return join(root, name);
}

test("the same files in both: no difference", async () => {
  const files = { "a.ts": "1", "deep/b.ts": "2" };
  assert.deepEqual(await differences(folder("left", files), folder("right", files)), []);
});

test("a changed, a missing and a superfluous file are named by their path", async () => {
  const ours = folder("ours", { "a.ts": "old", "deep/extra.ts": "" });
  const wanted = folder("wanted", { "a.ts": "new", "b.ts": "" });
  assert.deepEqual(await differences(ours, wanted), [
    `${join(ours, "a.ts")} is out of date`,
    `${join(ours, "b.ts")} is missing`,
    `${join(ours, "deep/extra.ts")} should not be there`,
  ]);
});
