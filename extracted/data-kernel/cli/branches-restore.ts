import { openAsBlob } from "node:fs";
import type { Branch } from "../store/port.ts";
import { askKernel, KERNEL } from "./ask-kernel.ts";
import { type Command, operandsOf } from "./command.ts";

export const branchesRestore: Command = {
  usage: "FILE",
  says: `makes an archived branch again, with the commit ids, keys, times and documents it had; its age counts from
now, and its commits are no news to those who follow it. Where it started must be there`,
  options: KERNEL,
  async run(call) {
    const [file] = operandsOf(call, ["FILE"]);
    const archive = await openAsBlob(file, { type: "application/gzip" });
    const { branch } = (await askKernel(call, { method: "POST", path: "governance/restore", archive })) as {
      branch: Branch;
    };
    return { lines: [`${branch.name}: head ${branch.head || "–"}`], value: branch, ok: true };
  },
};
