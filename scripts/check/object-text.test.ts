import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../root.ts";

for (const file of ["object-text.ts", "iso-date.ts"]) {
  test(`OMS and the kernel's relay have one ${file}: what one indexes, the other would index alike`, () => {
    const [ours, theirs] = ["monolith/src/ontology", "extracted/data-kernel/relay/sinks"].map((folder) =>
      readFileSync(join(ROOT, folder, file), "utf8"),
    );
    assert.equal(ours, theirs);
  });
}
