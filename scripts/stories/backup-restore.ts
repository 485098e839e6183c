import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectKernel, type Kernel, type Write } from "@oms/data-kernel/client.ts";
import { kernelCommand } from "../story/cli.ts";
import type { Story } from "../story/story.ts";

const DOCUMENTS = { short: 3000, long: 60_000 };
const TEXT = "x".repeat(1000);

export const story: Story = {
  title: "A store is backed up while two kernels write to it, and restored to the last head",
  summary:
    "A backup taken under load is whole, holds all that was acknowledged before it began, and restores to a store with the same heads and logs, which a kernel goes on with; a store in use is not restored over.",
  run: async (context) => {
    const { system, progress, check, figures, long } = context;
    const folder = await mkdtemp(join(tmpdir(), "story-backup-"));
    const at = (name: string): string => join(folder, name);
    const cli = async (code: number, ...args: string[]): Promise<string> => {
      const result = await kernelCommand(args, system.env);
      const said = result.stdout + result.stderr;
      check(result.code === code, `kernel ${args[0]} ends with ${code}, not ${result.code}: ${said}`);
      return result.stdout;
    };
    try {
      progress("starting two kernels, and filling three branches");
      const { "data-kernel": one, "data-kernel-2": two } = await system.start(
        ["data-kernel", "data-kernel-2"],
        { DATA_DIR: at("live") },
      );
      const kernel = connectKernel({ address: system.addresses.kernel });
      const filled = await fill(kernel, `${system.env["OMS_ENV"]}/story`, DOCUMENTS[long ? "long" : "short"]);

      progress("taking a backup while commits go on");
      const load = new Committing(kernel, filled);
      await load.first();
      const promised = new Map(load.acknowledged);
      const backup = at("backup.db");
      const { branches: backedUp } = JSON.parse(
        await load.during(cli(0, "backup", backup, "--data", at("live"), "--json")),
      ) as { branches: { name: string; commits: number }[] };
      await load.further();
      await load.stop();
      await cli(0, "verify", backup);
      for (const [name, acknowledged] of promised) {
        const held = backedUp.find((branch) => branch.name === name)?.commits ?? 0;
        check(
          held >= acknowledged,
          `${name} had ${acknowledged} commits before the backup, which has ${held}`,
        );
      }
      const held = backedUp
        .filter(({ name }) => filled.has(name))
        .reduce((sum, { commits }) => sum + commits, 0);
      const made = [...load.acknowledged.values()].reduce((sum, n) => sum + n, 0);
      check(held < made, `commits went on while the backup was taken: ${made} were made, it holds ${held}`);
      await cli(0, "verify", backup, at("live"), "--ahead");

      progress("restoring: not over the store in use, but beside it");
      await cli(2, "restore", backup, "--data", at("live"));
      await cli(0, "verify", backup, at("live"), "--ahead");
      await cli(0, "restore", backup, "--data", at("restored"));
      const same = JSON.parse(await cli(0, "verify", backup, at("restored"), "--json")) as {
        branches: { standing: string }[];
      };

      progress("a kernel goes on with what was restored");
      await two.stop();
      await one.restart({ DATA_DIR: at("restored") });
      await cli(0, "verify", backup, system.addresses.kernelHttp, "--ahead");
      for (const branch of filled.keys()) await commit(kernel, branch, [put("after", 1)]);
      await cli(1, "verify", backup, system.addresses.kernelHttp);
      kernel.close();
      figures["commits in the backup"] = held;
      figures["made meanwhile"] = made - held;
      figures["branches the same, heads and logs"] = same.branches.length;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Three branches, the third one started from the second, with the number of commits each has of its own. */
async function fill(kernel: Kernel, prefix: string, documents: number): Promise<Map<string, number>> {
  const [one, two, three] = [`${prefix}/one`, `${prefix}/two`, `${prefix}/three`];
  await kernel.createBranch({ name: one });
  await kernel.createBranch({ name: two });
  for (let n = 0; n < documents; n += 500) {
    const writes = Array.from({ length: 500 }, (_, index) => put(`d${n + index}`, n));
    await commit(kernel, one, writes);
    await commit(kernel, two, writes.slice(0, 100));
  }
  await kernel.createBranch({ name: three, origin: two });
  const commits = Math.ceil(documents / 500);
  return new Map([
    [one, commits],
    [two, commits],
    [three, 0],
  ]);
}

function put(id: string, n: number): Write {
  return { put: { id, type: "Note", body: { n, text: TEXT } } };
}

async function commit(kernel: Kernel, branch: string, writes: Write[]): Promise<void> {
  await kernel.commit({ branch, message: "told by a story", writes });
}

/** Commits to every branch, one after the other, all the while. */
class Committing {
  /** Own commits of each branch, those it was filled with too. */
  readonly acknowledged: Map<string, number>;
  readonly #kernel: Kernel;
  readonly #over = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #begun: Promise<unknown>;
  #acknowledgement = Promise.withResolvers<void>();

  constructor(kernel: Kernel, filled: ReadonlyMap<string, number>) {
    this.#kernel = kernel;
    this.acknowledged = new Map(filled);
    const branches = [...filled.keys()];
    const first = branches.map(() => Promise.withResolvers<void>());
    this.#begun = Promise.all(first.map(({ promise }) => promise));
    this.#running = Promise.all(branches.map((branch, n) => this.#commit(branch, () => first[n]?.resolve())));
    this.#running.catch((error: unknown) => {
      for (const { reject } of first) reject(error);
    });
  }

  /** Resolves when every branch has one. */
  async first(): Promise<void> {
    await this.#begun;
  }

  /** Resolves when every branch has a commit that was asked for after now: the first one may be under way. */
  async further(): Promise<void> {
    const before = new Map(this.acknowledged);
    const isBehind = ([branch, n]: [string, number]) => (this.acknowledged.get(branch) ?? 0) < n + 2;
    while ([...before].some(isBehind)) await this.during(this.#acknowledgement.promise);
  }

  async during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#running.then(() => work)]);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #commit(branch: string, began: () => void): Promise<void> {
    for (let n = 1; !this.#over.signal.aborted; n += 1) {
      await commit(this.#kernel, branch, [put("hot", n), put(`${branch} ${n}`, n)]);
      this.acknowledged.set(branch, (this.acknowledged.get(branch) ?? 0) + 1);
      began();
      this.#acknowledgement.resolve();
      this.#acknowledgement = Promise.withResolvers();
    }
  }
}
