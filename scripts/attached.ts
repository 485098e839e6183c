import { spawn } from "node:child_process";
import { isAlive } from "./process/identity.ts";
import { readState } from "./process/state.ts";
import { ROOT } from "./root.ts";
import { readSettings } from "./settings.ts";

/** Runs a program with the addresses and tokens of the running system, where the environment has no other. */
const state = readState(readSettings(process.env, ROOT).runDirectory);
const reach = state && isAlive(state.starter) ? state.env : {};
const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...reach, ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
