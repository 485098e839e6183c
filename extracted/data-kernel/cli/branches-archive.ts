import type { Archived } from "../governance/archive/write.ts";
import { askKernel, KERNEL } from "./ask-kernel.ts";
import { type Command, operandsOf } from "./command.ts";

export const branchesArchive: Command = {
  usage: "BRANCH",
  says: `archives a branch's own commits, up to its head now, into one checked file in the kernel's ARCHIVE_DIR.
The branch stays`,
  options: KERNEL,
  async run(call) {
    const [branch] = operandsOf(call, ["BRANCH"]);
    const path = `branches/${encodeURIComponent(branch)}/archives`;
    const value = (await askKernel(call, { method: "POST", path })) as Archived;
    return { lines: [`${value.file}: ${value.commits} commits, head ${value.head || "–"}`], value, ok: true };
  },
};
