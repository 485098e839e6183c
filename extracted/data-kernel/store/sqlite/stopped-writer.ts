import { type BigIntStats, readdirSync, readFileSync, statSync } from "node:fs";

/** The byte of the -shm file that whoever writes holds locked: sqlite.org/walformat.html, "WAL locks". */
const WRITE_LOCK = 120;

/**
 * Ends, with SIGKILL, the process that has the database `file` locked for writing and is stopped: it would keep every
 * other writer waiting for as long as nobody lets it go on. What it had begun was acknowledged to nobody and is undone.
 * One that runs, or is in another container, is left alone.
 */
export function endStoppedWriter(file: string): void {
  try {
    const writer = writerOf(file);
    if (writer !== undefined && isStopped(writer)) process.kill(writer, "SIGKILL");
  } catch {
    // It has let go, or is not ours to end: the lock will tell.
  }
}

function writerOf(file: string): number | undefined {
  const locked = statSync(`${file}-shm`, { bigint: true });
  const locks = readFileSync("/proc/locks", "utf8").matchAll(
    /^\d+: POSIX +ADVISORY +WRITE (\d+) \w+:\w+:(\d+) (\d+) (\d+)$/gm,
  );
  for (const [, pid, inode, first, last] of locks) {
    const isWriting = Number(first) <= WRITE_LOCK && WRITE_LOCK <= Number(last);
    if (isWriting && inode === `${locked.ino}` && hasOpen(Number(pid), locked)) return Number(pid);
  }
  return undefined;
}

/** Another disk may have a file of the same number, and /proc/locks names disks otherwise than stat does. */
function hasOpen(pid: number, { dev, ino }: BigIntStats): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => {
    const found = statSync(`/proc/${pid}/fd/${fd}`, { bigint: true, throwIfNoEntry: false });
    return found?.dev === dev && found.ino === ino;
  });
}

/** The state in /proc/<pid>/stat follows the command's name, which may hold anything. */
function isStopped(pid: number): boolean {
  return /^.*\) T /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
