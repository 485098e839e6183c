import { spawnSync } from "node:child_process";
import { ROOT } from "./root.ts";

/** The promises every store of the kernel keeps, asked of SQLite, of TerminusDB's double and of a server where one is. */
const NODE = ["--disable-warning=ExperimentalWarning", "--test", "--test-reporter=spec"];
const FILES = ["extracted/data-kernel/store/*.test.ts", "extracted/data-kernel/store/terminus/**/*.test.ts"];

const { status } = spawnSync(process.execPath, [...NODE, ...FILES], { cwd: ROOT, stdio: "inherit" });
const server = process.env["TERMINUSDB_URL"];
console.log(
  server
    ? `\nRun against SQLite, TerminusDB's double, and ${server}.`
    : "\nRun against SQLite and TerminusDB's double; not against a TerminusDB server, for TERMINUSDB_URL is not set.",
);
process.exitCode = status ?? 1;
