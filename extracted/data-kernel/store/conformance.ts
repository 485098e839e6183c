import { after, before, describe, test } from "node:test";
import { archives } from "./conformance/archives.ts";
import { branches } from "./conformance/branches.ts";
import { commits } from "./conformance/commits.ts";
import { diffs } from "./conformance/diffs.ts";
import { evaluated } from "./conformance/evaluated.ts";
import { freezes } from "./conformance/freezes.ts";
import { history } from "./conformance/history.ts";
import { inspected } from "./conformance/inspected.ts";
import { reads } from "./conformance/reads.ts";
import { redactions } from "./conformance/redactions.ts";
import { rewrites } from "./conformance/rewrites.ts";
import { staged } from "./conformance/staged.ts";
import { states } from "./conformance/states.ts";
import { walkAtRandom } from "./conformance/walk.ts";
import type { Store } from "./port.ts";

/** Holds a store to what `port.ts` says; `open` gives an empty one. `walks` are random sequences. */
export function describeStore(name: string, open: () => Promise<Store>, walks: number): void {
  describe(name, () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    after(() => store.close());
    const promises = {
      ...commits,
      ...evaluated,
      ...inspected,
      ...reads,
      ...staged,
      ...history,
      ...branches,
      ...diffs,
      ...rewrites,
      ...freezes,
      ...states,
      ...redactions,
      ...archives,
    };
    for (const [sentence, keep] of Object.entries(promises)) {
      test(sentence, () => keep(store));
    }
    test("any sequence of commits, branches, rewrites and reads answers as the model does", () =>
      walkAtRandom(store, process.env["LONG"] ? walks * 15 : walks));
  });
}
