import { readManifest } from "../backup/manifest.ts";
import { storeFile } from "../backup/reading.ts";
import { restoreBackup } from "../backup/restore.ts";
import { type Command, DATA, operandsOf } from "./command.ts";

export const restore: Command = {
  usage: "FILE [--data DIR] [--force]",
  says: `makes the store what the backup FILE holds, in one transaction: all of it or nothing. Refused over a
store that has branches or is in use, unless forced; kernels that run on it go on with what was restored`,
  options: { data: DATA, force: { type: "boolean", says: "replace all that the store holds" } },
  async run(call) {
    const [from] = operandsOf(call, ["FILE"]);
    const to = storeFile(`${call.text("data")}/kernel.db`);
    await restoreBackup(from, to, call.on("force"));
    const { branches, takenMs } = await readManifest(from);
    const line = `${to}: ${branches.length} branches as of ${new Date(takenMs).toISOString()}`;
    return { lines: [line], value: { file: to, takenMs, branches }, ok: true };
  },
};
