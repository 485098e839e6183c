import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, request as open } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { peek } from "./peek.ts";
import { textOf } from "./routed.fixture.ts";

const LIMIT = 1000;
let use: (request: IncomingMessage) => Promise<string>;
const server = createServer(async (request, response) => {
  response.end(await use(request).catch(String));
});

before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function start() {
  const { port } = server.address() as AddressInfo;
  return open({ host: "127.0.0.1", port, method: "POST", agent: false });
}

describe("a look at a body", () => {
  test("sees all of it up to a limit, and leaves it for the next reader, however it comes in", async () => {
    const part = fc.string({ minLength: 1, maxLength: 600, size: "max", unit: "binary-ascii" });
    const parts = fc.array(part, { minLength: 1, maxLength: 8, size: "max" });
    await fc.assert(
      fc.asyncProperty(parts, fc.boolean(), async (chunks, atOnce) => {
        const body = chunks.join("");
        use = async (request) => {
          const { bytes, whole } = await peek(request, LIMIT);
          assert.equal(whole, body.length <= LIMIT);
          assert.ok(whole ? bytes.toString() === body : bytes.length > LIMIT);
          assert.ok(body.startsWith(bytes.toString()));
          return await textOf(request);
        };
        const call = start();
        if (atOnce) call.setHeader("content-length", body.length);
        else for (const chunk of chunks) call.write(chunk);
        call.end(atOnce ? body : "");
        const [response] = (await once(call, "response")) as [IncomingMessage];
        assert.equal(await textOf(response), body);
      }),
      { numRuns: 50 },
    );
  });

  test("sees nothing of nothing", async () => {
    use = async (request) => JSON.stringify(await peek(request, LIMIT)) + (await textOf(request));
    const call = start();
    call.setHeader("transfer-encoding", "chunked");
    call.end();
    const [response] = (await once(call, "response")) as [IncomingMessage];
    assert.deepEqual(JSON.parse(await textOf(response)), {
      bytes: { type: "Buffer", data: [] },
      whole: true,
    });
  });

  test("rejects when the body ends early", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    use = async (request) => {
      call.destroy();
      await peek(request, LIMIT).catch(resolve);
      return "";
    };
    const call = start();
    call.on("error", () => {}).setHeader("content-length", 10);
    call.write("five.");
    assert.ok((await promise) instanceof Error);
  });
});
