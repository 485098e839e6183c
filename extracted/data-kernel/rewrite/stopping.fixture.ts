import { REWRITES, Rewrites } from "../rewrite.ts";
import type { Store } from "../store/port.ts";
import { openSqliteStore } from "../store/sqlite.ts";

// Rewrites a branch and stops for good before its nth write to the store: `file name to n`, `to` "" deletes.
const [file = "", name = "", to = "", stopAt = ""] = process.argv.slice(2);
const store = await openSqliteStore(file);
let writes = 0;

function stopping<A, R>(write: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  return async (argument) => {
    writes += 1;
    if (writes <= Number(stopAt)) return write(argument);
    process.stdout.write("stopped\n");
    return Promise.withResolvers<R>().promise;
  };
}

const stops: Store = {
  ...store,
  freezeBranch: stopping(store.freezeBranch),
  writeState: stopping(store.writeState),
  resetBranch: stopping(store.resetBranch),
  deleteBranch: stopping(store.deleteBranch),
  thawBranch: stopping(store.thawBranch),
};
const rewrites = new Rewrites(stops, { ...REWRITES, followers: () => ["events"], now: () => 1000 });
if (to === "") await rewrites.delete({ name, head: "" });
else await rewrites.reset({ name, head: "", to });
