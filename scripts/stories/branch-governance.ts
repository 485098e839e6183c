import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newContext, runInContext } from "@oms/chassis/context/context.ts";
import { type Branch, connectKernel, type Kernel } from "@oms/data-kernel/client.ts";
import { kernelCommand } from "../story/cli.ts";
import type { Story } from "../story/story.ts";

const SECRET = "ann@example.org";
const POLICY = { rules: [{ branches: "*/oms/try-*", maxAge: "1s" }] };

type Expired = { readonly expired: readonly { branch: string; kept?: string; archive?: string }[] };
type Redacted = {
  readonly versions: number;
  readonly repeated: boolean;
  readonly elsewhere: readonly string[];
  readonly remains: readonly string[];
};
type Report = {
  readonly branches: readonly { name: string; own: { bytes: number }; expiresMs?: number }[];
};

export const story: Story = {
  title: "Branches grow old, are archived and deleted, come back as they were, and forget what they must",
  summary:
    "A branch of another environment is refused; of two kernels one archives and deletes the branches past their age, but not one that others started from; an archive restores to the same head, log and documents; a redaction leaves a value neither in any state nor on disk, and says where it still is.",
  run: async (context) => {
    const { system, progress, check, until, figures } = context;
    const folder = await mkdtemp(join(tmpdir(), "story-governance-"));
    const archives = join(folder, "archive");
    const environment = system.env["OMS_ENV"] ?? "";
    const cli = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await kernelCommand(args, {
        ...system.env,
        KERNEL_HTTP_URL: system.addresses.kernelHttp,
      });
      if (code === 2) throw new Error(`kernel ${args.join(" ")}: ${stderr}`);
      return stdout;
    };
    try {
      progress("starting two kernels that do not look after branches by themselves");
      await writeFile(join(folder, "policy.json"), JSON.stringify(POLICY));
      const env = {
        DATA_DIR: join(folder, "data"),
        ARCHIVE_DIR: archives,
        BRANCH_POLICY: join(folder, "policy.json"),
        BRANCH_EXPIRY_S: "0",
      };
      await system.start(["data-kernel", "data-kernel-2"], env);
      const kernel = connectKernel({ address: system.addresses.kernel });
      const names = {
        main: `${environment}/oms/main`,
        gone: `${environment}/oms/try-gone`,
        kept: `${environment}/oms/try-kept`,
        young: `${environment}/oms/young`,
      };
      const elsewhere = await kernel.createBranch({ name: "elsewhere/oms/main" }).catch(String);
      check(String(elsewhere).includes(`${environment}/`), `a branch of another environment: ${elsewhere}`);
      await grow(kernel, names);
      const before = await stateOf(kernel, names.gone);

      progress("looking first: what would go, and what everything costs");
      const due = await until(async () => {
        const { expired } = JSON.parse(await cli("branches", "expire", "--dry-run", "--json")) as Expired;
        return expired.length === 2 && expired;
      }, "two branches are past their age");
      const standing = new Map(due.map(({ branch, kept }) => [branch, kept]));
      check(standing.has(names.gone) && standing.get(names.gone) === undefined, `${names.gone} would go`);
      check(standing.get(names.kept)?.includes(names.young) === true, `${names.young} keeps ${names.kept}`);
      check(
        (await kernel.listBranches()).some(({ name }) => name === names.gone),
        "looking changes nothing",
      );
      const { branches } = JSON.parse(await cli("branches", "report", "--json")) as Report;
      const cost = branches.find(({ name }) => name === names.gone);
      check((cost?.own.bytes ?? 0) > 0 && cost?.expiresMs !== undefined, "the report tells cost and end");

      progress("both kernels are to look after branches at once");
      const looked = [system.addresses.kernelHttp, system.addresses.kernel2Http].map((url) =>
        cli("branches", "expire", "--json", "--kernel", url),
      );
      const ended = (await Promise.all(looked)).flatMap((answer) => (JSON.parse(answer) as Expired).expired);
      check(
        ended.some(({ branch, archive }) => branch === names.gone && archive !== undefined),
        `${names.gone} is archived`,
      );
      const left = await namesOf(kernel);
      check(!left.includes(names.gone), `${names.gone} is deleted`);
      check(left.includes(names.kept), `${names.kept} stays while one starts from it`);
      const files = await readdir(archives);
      const own = files.filter((file) => file.startsWith(names.gone.replaceAll("/", "~")));
      check(own.length === 1, `two kernels made one archive of it: ${files.join()}`);

      progress("restoring it from its archive");
      await cli("branches", "restore", join(archives, own[0] ?? ""));
      const after = await stateOf(kernel, names.gone);
      check(JSON.stringify(after) === JSON.stringify(before), "head, log and documents are as they were");

      progress("masking a field in all it ever was");
      const asked = ["--key", "ticket-7", "--reason", "asked to be forgotten"];
      const selection = ["--type", "Person", "--field", "/email", "--author", "dpo@kernel", "--json"];
      const redact = async (branch: string): Promise<Redacted> =>
        JSON.parse(await cli("redact", branch, ...asked, ...selection));
      const redacted = await redact(names.gone);
      const states = JSON.stringify(await stateOf(kernel, names.gone));
      check(
        !states.includes(SECRET) && states.includes("[redacted]"),
        "no state of the branch shows the value",
      );
      check(
        redacted.remains.some((what) => what.includes("archives")),
        "it says that archives remain",
      );
      check(redacted.elsewhere.join() === names.kept, `it names who still shows it: ${redacted.elsewhere}`);
      check((await redact(names.kept)).elsewhere.length === 0, "redacted there too, nobody shows it");
      check(!(await holds(join(folder, "data"), SECRET)), "no file of the store holds the value");
      check((await redact(names.gone)).repeated, "the same redaction again does nothing more");
      const record = await kernel.get<{ author: string; reason: string }>(
        `${environment}/kernel/audit`,
        `redaction/${names.gone}/ticket-7`,
      );
      check(record?.body.author === "dpo@kernel", "who asked for it is on record");
      kernel.close();
      figures["commits archived and restored"] = before.length;
      figures["states masked"] = redacted.versions;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Names = {
  readonly main: string;
  readonly gone: string;
  readonly kept: string;
  readonly young: string;
};

async function grow(kernel: Kernel, { main, gone, kept, young }: Names): Promise<void> {
  await kernel.createBranch({ name: main });
  await person(kernel, main, 0);
  for (const name of [gone, kept]) {
    await kernel.createBranch({ name, origin: main });
    for (let n = 1; n <= 5; n += 1) await person(kernel, name, n);
  }
  await kernel.createBranch({ name: young, origin: kept });
}

async function person(kernel: Kernel, branch: string, n: number): Promise<void> {
  const writes = [{ put: { id: "ann", type: "Person", body: { email: SECRET, größe: n } } }];
  const context = newContext({ author: "alice@story" });
  await runInContext(context, () => kernel.commit({ branch, message: "told by a story", writes }));
}

async function namesOf(kernel: Kernel): Promise<string[]> {
  return (await kernel.listBranches()).map(({ name }: Branch) => name);
}

/** Every commit the branch shows with its changes, but for sequences, which are each store's own. */
async function stateOf(kernel: Kernel, branch: string) {
  const { commits } = await kernel.changes({ branch, limit: 1000 });
  return commits.map(({ commit: { sequence: _, ...commit }, changes }) => ({ commit, changes }));
}

async function holds(folder: string, text: string): Promise<boolean> {
  const files = (await readdir(folder)).filter((file) => file.startsWith("kernel.db"));
  const contents = await Promise.all(files.map((file) => readFile(join(folder, file))));
  return contents.some((content) => content.includes(text));
}
