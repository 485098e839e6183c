import { ServiceError } from "@oms/chassis/errors/service-error.ts";
import { BEGINNING } from "../limits.ts";
import type { Branch } from "../store/port.ts";
import { digestOf } from "./digest.ts";
import type { Reading } from "./reading.ts";

/**
 * How a branch of one store stands to the same branch of another. `ahead`: the other has all of it, and more since;
 * `behind`: the other lacks its newest commits.
 */
export type Standing = "same" | "ahead" | "behind" | "different" | "missing" | "added";

export type Compared = {
  readonly branch: string;
  readonly standing: Standing;
  /** The branch's own commits in the first store; in the other for one that it added. */
  readonly commits: number;
  readonly heads: readonly [first: string, other: string];
};

/** Every branch of either store: heads first, then all that their own commits say. Ordered as the first lists them. */
export async function compareStores(first: Reading, other: Reading): Promise<Compared[]> {
  const others = new Map((await other.listBranches()).map((branch) => [branch.name, branch]));
  const compared: Compared[] = [];
  for (const branch of await first.listBranches()) {
    const peer = others.get(branch.name);
    others.delete(branch.name);
    const own = await digestOf(first, branch, branch.head || BEGINNING);
    const standing = peer ? await standingOf({ first, other, branch, peer }, own.sha256) : "missing";
    compared.push({
      branch: branch.name,
      standing,
      commits: own.commits,
      heads: [branch.head, peer?.head ?? ""],
    });
  }
  for (const branch of others.values()) {
    const { commits } = await digestOf(other, branch, branch.head || BEGINNING);
    compared.push({ branch: branch.name, standing: "added", commits, heads: ["", branch.head] });
  }
  return compared;
}

type Pair = {
  readonly first: Reading;
  readonly other: Reading;
  readonly branch: Branch;
  readonly peer: Branch;
};

async function standingOf({ first, other, branch, peer }: Pair, sha256: string): Promise<Standing> {
  if ((await digestAt(other, peer, branch.head)) === sha256) {
    return branch.head === peer.head ? "same" : "ahead";
  }
  const whole = await digestAt(other, peer, peer.head);
  return (await digestAt(first, branch, peer.head)) === whole ? "behind" : "different";
}

/** Undefined when the branch does not know the commit. */
async function digestAt(reading: Reading, branch: Branch, head: string): Promise<string | undefined> {
  try {
    return (await digestOf(reading, branch, head || BEGINNING)).sha256;
  } catch (error) {
    if (isUnknownCommit(error)) return undefined;
    throw error;
  }
}

function isUnknownCommit(error: unknown): boolean {
  return error instanceof ServiceError && error.code === "NOT_FOUND";
}
