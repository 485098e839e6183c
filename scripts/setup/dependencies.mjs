import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const OLDEST_NODE = 18;
const WANTED_NODE = 24;
const HEARTBEAT_MS = 15_000;

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
    await npm(root, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], report);
  }
  if (stale || nodeVersion(root) !== WANTED_NODE) {
    report(`dependencies: fetching Node ${WANTED_NODE}`);
    await npm(root, ["rebuild", "node", "--ignore-scripts=false", "--foreground-scripts"], report);
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
 * @param {string} root
 * @param {string[]} args
 * @param {(line: string) => void} report
 */
async function npm(root, args, report) {
  const began = Date.now();
  const seconds = () => `${Math.round((Date.now() - began) / 1000)} s`;
  const heartbeat = setInterval(() => report(`dependencies: npm ${args[0]}, ${seconds()}`), HEARTBEAT_MS);
  try {
    const { code, output } = await runNpm(root, args);
    if (code !== 0) {
      const tail = output.trim().split("\n").slice(-15).join("\n");
      throw new Error(`npm ${args[0]} failed after ${seconds()} (exit ${code}):\n${tail}`);
    }
    report(`dependencies: npm ${args[0]} done in ${seconds()}`);
  } finally {
    clearInterval(heartbeat);
  }
}

/**
 * @param {string} root
 * @param {string[]} args
 * @returns {Promise<{code: number | null, output: string}>}
 */
function runNpm(root, args) {
  // npm names its own script when it runs this; a bare `node scripts/run.mjs` takes the npm on the PATH.
  const script = process.env.npm_execpath;
  const viaNode = script?.endsWith(".js") ? [script] : [];
  const command = viaNode.length > 0 ? process.execPath : "npm";
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...viaNode, ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip", SCARF_ANALYTICS: "false" },
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
