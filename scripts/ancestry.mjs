import { readFileSync } from "node:fs";
import process from "node:process";

const POLL_MS = 500;

/**
 * Calls `abandoned` when the npm that started this process is gone: killed with -9, it could not pass the signal on.
 * npm may have put a shell between the two, which lives on.
 *
 * @param {() => void} abandoned
 */
export function onAbandoned(abandoned) {
  const before = ancestry();
  const timer = setInterval(() => {
    if (ancestry() === before) return;
    clearInterval(timer);
    abandoned();
  }, POLL_MS);
  timer.unref();
}

/** The processes above this one, as far as npm. */
function ancestry() {
  const parent = process.ppid;
  const { name, ppid } = stat(parent);
  return /^(ba|da|z|k)?sh$/.test(name) ? `${parent} ${ppid}` : `${parent}`;
}

/** @param {number} pid */
function stat(pid) {
  try {
    const [, name = "", ppid = ""] =
      /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return { name, ppid };
  } catch {
    return { name: "", ppid: "" };
  }
}
