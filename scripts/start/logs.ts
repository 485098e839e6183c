import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { logOf } from "../process/supervisor.ts";

/** Follows one process's log until the reader has enough. Throws, naming those there are, when there is none. */
export async function followLog(directory: string, name: string): Promise<void> {
  const log = logOf(directory, name);
  if (!existsSync(log)) {
    const folder = join(directory, "logs");
    const there = existsSync(folder) ? readdirSync(folder).map((file) => file.replace(/\.log$/, "")) : [];
    throw new Error(
      `no log of "${name}"; there are: ${there.join(", ") || "none, as nothing was started yet"}`,
    );
  }
  const tail = spawn("tail", ["-n", "50", "-F", log], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => tail.kill(signal));
  await once(tail, "exit");
}
