import type { BranchReport } from "../governance/report.ts";
import { askKernel, KERNEL } from "./ask-kernel.ts";
import { columns } from "./columns.ts";
import { type Command, operandsOf } from "./command.ts";

const DAY_MS = 24 * 60 * 60_000;

export const branchesReport: Command = {
  usage: "",
  says: `every branch: its own commits, states of documents and bytes of bodies, those it shares with where it
started, its age, when it ends and what says so. It counts documents: not for every minute`,
  options: KERNEL,
  async run(call) {
    operandsOf(call, []);
    const value = (await askKernel(call, { method: "GET", path: "governance/branches" })) as {
      branches: BranchReport[];
    };
    const head = ["branch", "commits", "states", "bytes", "shared bytes", "age", "ends", "by"];
    return { lines: columns([head, ...value.branches.map(row)]), value, ok: true };
  },
};

function row({ name, own, shared, ageMs, expiresMs, by }: BranchReport): string[] {
  const counts = [own.commits, own.versions, own.bytes, shared.bytes].map((n) => n.toLocaleString("en"));
  const ends = expiresMs === undefined ? "never" : new Date(expiresMs).toISOString().slice(0, 16);
  return [name, ...counts, `${(ageMs / DAY_MS).toFixed(1)} d`, ends, by ?? ""];
}
