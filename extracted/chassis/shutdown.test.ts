import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";

/** A process that runs until a signal; `body` goes before it and may use `stops`. */
async function start(t: TestContext, body: string) {
  const source = `
    import { createLogger } from ${JSON.stringify(new URL("log.ts", import.meta.url).href)};
    import { runUntilSignal } from ${JSON.stringify(new URL("shutdown.ts", import.meta.url).href)};
    const logger = createLogger("test");
    const stops = [];
    const held = setInterval(() => {}, 60_000);
    ${body}
    runUntilSignal("test", logger, stops);
    logger.info("running");
  `;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const messages: string[] = [];
  const lines = createInterface(child.stdout);
  const running = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      messages.push(JSON.parse(line).msg);
      if (messages.at(-1) === "running") resolve();
    });
  });
  const ended = Promise.all([once(child, "exit"), once(lines, "close")]);
  await running;
  return { child, messages, exit: async () => (await ended)[0] };
}

const say = (text: string) => `stops.push(async () => { logger.info(${JSON.stringify(text)}); });`;

const sayLater = (text: string) =>
  `stops.push(async () => { await new Promise(setImmediate); logger.info(${JSON.stringify(text)}); });`;

describe("a process", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`stops its parts in order on ${signal} and exits 0`, async (t) => {
      const { child, messages, exit } = await start(t, sayLater("first") + say("second"));
      child.kill(signal);
      assert.deepEqual(await exit(), [0, null]);
      assert.deepEqual(messages, ["running", `test stops on ${signal}`, "first", "second", "test stopped"]);
    });
  }

  it("exits 1 when a part fails to stop", async (t) => {
    const { child, messages, exit } = await start(
      t,
      'stops.push(async () => { throw new Error("stuck"); });',
    );
    child.kill("SIGTERM");
    assert.deepEqual(await exit(), [1, null]);
    assert.equal(messages.at(-1), "test failed to stop");
  });

  it("exits 1 at a second signal while a part hangs", async (t) => {
    const { child, messages, exit } = await start(
      t,
      'stops.push(() => { process.kill(process.pid, "SIGINT"); return new Promise(() => {}); });',
    );
    child.kill("SIGTERM");
    assert.deepEqual(await exit(), [1, null]);
    assert.equal(messages.at(-1), "test was told to stop twice");
  });

  it("exits 1 at an error or a rejection nobody caught, and logs it", async (t) => {
    for (const bug of ['throw new Error("bug");', 'Promise.reject(new Error("bug"));']) {
      const { messages, exit } = await start(t, `setTimeout(() => { ${bug} }, 100);`);
      assert.deepEqual(await exit(), [1, null]);
      assert.equal(messages.at(-1), "test met an error nobody caught");
    }
  });
});
