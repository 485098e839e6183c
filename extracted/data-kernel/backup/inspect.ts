import { DatabaseSync } from "node:sqlite";
import { digestOf } from "./digest.ts";
import { fileSha256, readManifest } from "./manifest.ts";
import { openReading } from "./reading.ts";

/** What is wrong with a backup, in sentences; nothing when it is what its manifest says. Throws without a manifest. */
export async function inspectBackup(file: string): Promise<string[]> {
  const manifest = await readManifest(file);
  if ((await fileSha256(file)) !== manifest.sha256) return ["its checksum is not the manifest's"];
  const connection = new DatabaseSync(file, { readOnly: true });
  const found = connection.prepare("PRAGMA integrity_check").all();
  connection.close();
  const damage = found.map((row) => String(row["integrity_check"])).filter((text) => text !== "ok");
  return damage.length > 0 ? damage : branchesAmiss(file, manifest.branches);
}

async function branchesAmiss(
  file: string,
  expected: Awaited<ReturnType<typeof readManifest>>["branches"],
): Promise<string[]> {
  const reading = openReading(file);
  try {
    const amiss: string[] = [];
    const branches = new Map((await reading.listBranches()).map((branch) => [branch.name, branch]));
    for (const { name, head, sha256 } of expected) {
      const branch = branches.get(name);
      const digest = branch && (await digestOf(reading, branch, branch.head));
      if (branch?.head !== head || digest?.sha256 !== sha256) amiss.push(`${name} is not as in the manifest`);
    }
    if (branches.size !== expected.length)
      amiss.push(`it has ${branches.size} branches, the manifest ${expected.length}`);
    return amiss;
  } finally {
    reading.close();
  }
}
