import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../root.ts";

for (const file of ["object-text.ts", "iso-date.ts"]) {
  for (const folder of ["extracted/data-kernel/relay/sinks", "jobs/executors"])
    test(`OMS and ${folder} have one ${file}: what one indexes, the other would index alike`, () => {
      const [ours, theirs] = ["monolith/src/ontology", folder].map((where) =>
        readFileSync(join(ROOT, where, file), "utf8"),
      );
      assert.equal(ours, theirs);
    });
}
