import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

const OLDEST_NODE = 18;
const WANTED_NODE = 24;
const WANTED_NPM = "11.19.1";
const HEARTBEAT_MS = 15_000;
const QUIET = ["--no-audit", "--no-fund", "--no-update-notifier"];

/**
 * How to run an npm: a command and its first arguments, with `path` ahead of the PATH.
 *
 * @typedef {{command: string, first: string[], path?: string}} Npm
 */

/** @type {Npm} */
const HOST_NPM = { command: "npm", first: [] };

/**
 * The Node 24 that the `node` package brings.
 *
 * @param {string} root the repository
 */
export function nodeBinary(root) {
  return join(root, "node_modules", ".bin", "node");
}

/**
 * Puts the locked dependencies in place unless they are there. Install scripts stay off whatever the npm, as
 * releases before 11 do not read `allowScripts`; only the `node` package's, which fetches the binary, is run.
 *
 * @param {string} root the repository
 * @param {(line: string) => void} report
 */
export async function installDependencies(root, report) {
  const running = Number(process.versions.node.split(".")[0]);
  if (running < OLDEST_NODE) {
    throw new Error(`Node ${OLDEST_NODE} or later is needed to begin; this is ${process.version}`);
  }
  const stale = staleReason(
    readJson(join(root, "package-lock.json")),
    readJson(join(root, "node_modules", ".package-lock.json")),
  );
  if (stale) {
    report(`dependencies: ${stale}; installing about 1.2 GB, 1 to 3 minutes`);
    const npm = running < WANTED_NODE ? await borrowedNpm(root, report) : HOST_NPM;
    await run(npm, { cwd: root, args: ["ci", "--ignore-scripts", ...QUIET] }, report);
  }
  if (stale || nodeVersion(root) !== WANTED_NODE) {
    report(`dependencies: fetching Node ${WANTED_NODE}`);
    await run(HOST_NPM, { cwd: root, args: ["rebuild", "node", "--ignore-scripts=false", ...QUIET] }, report);
    if (nodeVersion(root) !== WANTED_NODE) {
      throw new Error(
        `npm installed the package "node" but its install script left no Node ${WANTED_NODE} behind.\n` +
          "Scripts may be switched off for this user (npm config get ignore-scripts), or the registry does not\n" +
          `have the binary for ${process.platform}-${process.arch}. Try: npm rebuild node --foreground-scripts`,
      );
    }
  }
}

/**
 * Why the installed tree is not the locked one; undefined when it is. Packages for other platforms are locked
 * but never installed, and links are workspaces.
 *
 * @param {{packages?: Record<string, any>} | undefined} lock package-lock.json
 * @param {{packages?: Record<string, any>} | undefined} installed node_modules/.package-lock.json
 */
export function staleReason(lock, installed) {
  if (!lock?.packages || !installed?.packages) return "not installed";
  for (const [path, wanted] of Object.entries(lock.packages)) {
    const present = installed.packages[path];
    if (path === "" || (!present && (wanted.optional || wanted.devOptional || wanted.peer))) continue;
    if (!present) return `${path} is missing`;
    if (present.version !== wanted.version) return `${path} is ${present.version}, not ${wanted.version}`;
  }
  return undefined;
}

/** @param {string} root */
function nodeVersion(root) {
  if (!existsSync(nodeBinary(root))) return undefined;
  const { stdout } = spawnSync(nodeBinary(root), ["--version"], { encoding: "utf8" });
  return Number(/^v(\d+)\./.exec(stdout ?? "")?.[1]);
}

/** @param {string} path */
function readJson(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

/**
 * An npm of its own, on a Node of its own, in .services: npm leaves out optional packages that are not for the
 * Node it runs on, so an older one would leave out what Node 24 needs.
 *
 * @param {string} root
 * @param {(line: string) => void} report
 * @returns {Promise<Npm>}
 */
async function borrowedNpm(root, report) {
  const folder = join(root, ".services", "npm");
  const bin = join(folder, "node_modules", ".bin");
  const script = join(folder, "node_modules", "npm", "bin", "npm-cli.js");
  if (!existsSync(script) || !existsSync(join(bin, "node"))) {
    mkdirSync(folder, { recursive: true });
    const dependencies = { node: `${WANTED_NODE}`, npm: WANTED_NPM };
    const manifest = { private: true, dependencies, allowScripts: { node: true } };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    await run(HOST_NPM, { cwd: folder, args: ["install", "--ignore-scripts=false", ...QUIET] }, report);
  }
  return { command: join(bin, "node"), first: [script], path: bin };
}

/**
 * @param {Npm} npm
 * @param {{cwd: string, args: string[]}} what
 * @param {(line: string) => void} report
 */
async function run(npm, what, report) {
  const name = `npm ${what.args[0]}`;
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const heartbeat = setInterval(() => report(`dependencies: ${name}, ${seconds()}`), HEARTBEAT_MS);
  try {
    const { code, output } = await capture(npm, what);
    if (code !== 0) {
      const tail = output.trim().split("\n").slice(-15).join("\n");
      throw new Error(`${name} failed after ${seconds()} (exit ${code}):\n${tail}`);
    }
    report(`dependencies: ${name} done in ${seconds()}`);
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * @param {Npm} npm
 * @param {{cwd: string, args: string[]}} what
 * @returns {Promise<{code: number | null, output: string}>}
 */
function capture(npm, { cwd, args }) {
  const path = [npm.path, process.env["PATH"]].filter(Boolean).join(delimiter);
  const env = { ...process.env, PATH: path, ONNXRUNTIME_NODE_INSTALL: "skip" };
  return new Promise((resolve, reject) => {
    const child = spawn(npm.command, [...npm.first, ...args], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", (error) => reject(new Error(`npm cannot be run: ${error.message}`)));
    child.on("close", (code) => resolve({ code, output }));
  });
}
