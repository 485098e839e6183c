import { type Compared, compareStores, type Standing } from "../backup/compare.ts";
import { inspectBackup } from "../backup/inspect.ts";
import { openReading } from "../backup/reading.ts";
import { type Answer, type Command, UsageError } from "./command.ts";

export const verify: Command = {
  usage: "FILE | FIRST OTHER [--ahead]",
  says: `checks a backup against its manifest, or compares every branch head and log of two stores: each a
backup, a kernel's folder, or the URL of a kernel's HTTP, whatever it stores in`,
  options: {
    ahead: { type: "boolean", says: "OTHER may hold more than FIRST, as a store that went on does" },
  },
  async run(call) {
    const [first, other, ...more] = call.operands;
    if (first === undefined || more.length > 0) throw new UsageError("FILE, or FIRST OTHER?");
    return other === undefined ? inspected(first) : compared([first, other], call.on("ahead"));
  },
};

async function inspected(file: string): Promise<Answer> {
  const amiss = await inspectBackup(file);
  const lines = amiss.length > 0 ? amiss.map((text) => `${file}: ${text}`) : [`${file} is whole`];
  return { lines, value: { file, amiss }, ok: amiss.length === 0 };
}

async function compared([left, right]: readonly [string, string], ahead: boolean): Promise<Answer> {
  const first = openReading(left);
  try {
    const other = openReading(right);
    try {
      const branches = await compareStores(first, other);
      const fine: readonly Standing[] = ahead ? ["same", "ahead", "added"] : ["same"];
      const ok = branches.every(({ standing }) => fine.includes(standing));
      return { lines: [...branches.map(lineOf), sumOf(branches)], value: { branches }, ok };
    } finally {
      other.close();
    }
  } finally {
    first.close();
  }
}

function lineOf({ branch, standing, commits, heads }: Compared): string {
  const [head, other] = heads;
  const where = standing === "same" ? head : `${head || "–"} / ${other || "–"}`;
  return `${standing.padEnd(9)}  ${branch}  ${commits} commits  ${where}`;
}

function sumOf(branches: readonly Compared[]): string {
  const same = branches.filter(({ standing }) => standing === "same").length;
  return `${same} of ${branches.length} branches are the same, heads and logs`;
}
