import type { WriteStream } from "node:tty";
import type { Progress } from "../handover/hand-over.ts";
import { progressText } from "../handover/words.ts";

/** How often a line is rewritten on a terminal, and how often one is added elsewhere. */
const REWRITE_MS = 100;
const ADD_MS = 2000;

/** Shows how far something is: on a terminal in one line that changes, elsewhere in a line every two seconds. */
export function showProgress(to: WriteStream, now: () => number) {
  const [everyMs, begin, end] = to.isTTY ? [REWRITE_MS, "\r\x1b[K", ""] : [ADD_MS, "", "\n"];
  let shownAt = now();
  return {
    show(progress: Progress): void {
      if (now() - shownAt < everyMs) return;
      shownAt = now();
      to.write(`${begin}${progressText(progress)}${end}`);
    },
    clear(): void {
      to.write(begin);
    },
  };
}
