import { setTimeout as wait } from "node:timers/promises";
import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { connectKernel } from "@oms/data-kernel/client.ts";
import { wholeCommit } from "./whole-commit.ts";

/**
 * A client process that commits to BRANCH until SIGTERM, NAME in each key, and writes a line `key id` for each commit
 * that was acknowledged. A commit without an answer is asked for again until there is one, so nothing is left open.
 */
const { KERNEL_URL: address = "", BRANCH: branch = "", NAME: name = "" } = process.env;
const AT_ONCE = 4;
/** Every so many commits one is made again after its answer. */
const MADE_AGAIN = 5;
const PAUSE_MS = 100;

const kernel = connectKernel({ address });
const stopping = new AbortController();
process.once("SIGTERM", () => stopping.abort());

async function acknowledged(key: string): Promise<string> {
  for (;;) {
    try {
      const { commit } = await kernel.commit(wholeCommit(branch, key));
      if (commit) return commit.id;
      throw new Error(`${key} was answered without a commit`);
    } catch (error) {
      const unanswered = ["UNAVAILABLE", "DEADLINE_EXCEEDED"];
      if (!(error instanceof ServiceError && unanswered.includes(error.code))) throw error;
      await wait(PAUSE_MS);
    }
  }
}

async function commitOn(lane: number): Promise<void> {
  for (let n = 1; !stopping.signal.aborted; n += 1) {
    const key = `${name}-${lane}-${n}`;
    const id = await acknowledged(key);
    console.log(`${key} ${id}`);
    if (n % MADE_AGAIN === 0 && (await acknowledged(key)) !== id)
      throw new Error(`${key} was committed twice`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => commitOn(lane)));
kernel.close();
