import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../process/command.ts";

const SCRIPT = `
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.body = '{"text":"the quick brown fox jumps over the lazy dog"}'
`;

/** Answers a second, by `url`, to so many clients that call again as soon as they are answered. */
export type Rate = (url: string) => Promise<number>;

/** wrk takes little of the machine it shares with what it measures. Any answer but 200 throws. */
export async function openWrk(
  executable: string,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
  opening: AsyncDisposableStack,
): Promise<Rate> {
  const folder = await mkdtemp(join(tmpdir(), "bench-wrk-"));
  opening.defer(() => rm(folder, { recursive: true }));
  const script = join(folder, "post.lua");
  await writeFile(script, SCRIPT);
  const load = ["--threads", "1", "--connections", `${clients}`, "--duration", `${seconds}s`];
  return async (url) => {
    const said = await run(executable, [...load, "--script", script, `${url}/embedding`]);
    const rate = /Requests\/sec:\s*([\d.]+)/.exec(said)?.[1];
    if (rate === undefined || said.includes("Non-2xx")) throw new Error(`wrk said:\n${said}`);
    return Number(rate);
  };
}
