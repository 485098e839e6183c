import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ROOT } from "../root.ts";

/** Client processes that commit to one branch, and what they were told. */
export class Committers {
  /** Ids of the acknowledged commits by their keys. */
  readonly acknowledged = new Map<string, string>();
  readonly #children: readonly ChildProcess[];
  readonly #ends: readonly Promise<void>[];

  /** `env` names the kernels; the processes end with `signal` at the latest. */
  constructor(count: number, env: Readonly<Record<string, string>>, signal: AbortSignal) {
    this.#children = Array.from({ length: count }, (_, n) =>
      spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/story/committer.ts"], {
        cwd: ROOT,
        env: { ...process.env, ...env, NAME: `client${n}` },
        stdio: ["ignore", "pipe", "inherit"],
      }),
    );
    for (const child of this.#children) signal.addEventListener("abort", () => child.kill("SIGKILL"));
    this.#ends = this.#children.map((child) => this.#read(child));
    for (const end of this.#ends) end.catch(() => undefined);
  }

  /** Resolves when each has the answer to all it asked for; throws when one of them has ended badly. */
  async stop(): Promise<void> {
    for (const child of this.#children) child.kill("SIGTERM");
    await Promise.all(this.#ends);
  }

  async #read(child: ChildProcess): Promise<void> {
    const gone = once(child, "exit");
    if (child.stdout) {
      for await (const line of createInterface({ input: child.stdout })) {
        const [key = "", id = ""] = line.split(" ");
        this.acknowledged.set(key, id);
      }
    }
    const [code, signal] = await gone;
    if (code !== 0) throw new Error(`a client ended with ${signal ?? code}`);
  }
}
