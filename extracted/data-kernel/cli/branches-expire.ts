import type { Expired } from "../governance/expire.ts";
import { askKernel, KERNEL } from "./ask-kernel.ts";
import { columns } from "./columns.ts";
import { type Command, operandsOf } from "./command.ts";

export const branchesExpire: Command = {
  usage: "[--dry-run]",
  says: `archives and deletes the branches past their age now, as the kernel does by itself (BRANCH_EXPIRY_S).
One that others started from, that went on meanwhile or that a follower has not seen to its end stays`,
  options: { "dry-run": { type: "boolean", says: "say what would be done, do nothing" }, ...KERNEL },
  async run(call) {
    operandsOf(call, []);
    const dry = call.on("dry-run");
    const asked = {
      method: "POST",
      path: "governance/expiry",
      body: { mode: dry ? "shadow" : "live" },
    } as const;
    const { expired } = (await askKernel(call, asked)) as { expired: Expired[] };
    const lines = columns(expired.map((each) => row(each, dry)));
    const ok = expired.every(({ kept }) => kept === undefined);
    return { lines: lines.length > 0 ? lines : ["no branch is past its age"], value: { expired }, ok };
  },
};

function row({ branch, expiresMs, by, archive, kept }: Expired, dry: boolean): string[] {
  const what = kept === undefined ? (dry ? "would go" : "gone") : "stays";
  return [what, branch, `since ${new Date(expiresMs).toISOString()}`, by, kept ?? archive ?? ""];
}
