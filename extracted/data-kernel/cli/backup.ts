import { storeFile } from "../backup/reading.ts";
import { takeBackup } from "../backup/take.ts";
import { type Command, DATA, operandsOf } from "./command.ts";

export const backup: Command = {
  usage: "FILE [--data DIR] [--force]",
  says: `copies the store into FILE while kernels run, as of one moment, with FILE.manifest.json beside
it: a checksum, and every branch's head and digest. For a store in SQLite; TerminusDB has a standby`,
  options: { data: DATA, force: { type: "boolean", says: "replace FILE when it exists" } },
  async run(call) {
    const [to] = operandsOf(call, ["FILE"]);
    const manifest = await takeBackup({
      from: storeFile(call.text("data") ?? ""),
      to,
      replace: call.on("force"),
      nowMs: Date.now(),
      progress: (copied, total) => call.progress(`${Math.round((100 * copied) / Math.max(1, total))} %`),
    });
    const commits = manifest.branches.reduce((sum, branch) => sum + branch.commits, 0);
    const what = `${manifest.branches.length} branches, ${commits} commits, ${manifest.bytes} bytes`;
    return { lines: [`${to}: ${what}`, `sha256 ${manifest.sha256}`], value: manifest, ok: true };
  },
};
