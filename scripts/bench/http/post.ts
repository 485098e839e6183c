import { Agent, request as open } from "node:http";
import { text } from "node:stream/consumers";

const BODY = JSON.stringify({ text: "the quick brown fox jumps over the lazy dog" });
const HEADERS = { "content-type": "application/json", "content-length": BODY.length };

/**
 * Calls `url` on connections that are kept alive. A call without an answer is given up after `patienceMs`; any answer
 * but 200 throws.
 */
export function poster(url: string, patienceMs: number): () => Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const target = new URL("/embedding", url);
  return () =>
    new Promise((resolve, reject) => {
      const call = open(target, { method: "POST", agent, headers: HEADERS });
      const givenUp = setTimeout(() => {
        call.destroy();
        resolve();
      }, patienceMs);
      const end = (done: () => void) => {
        clearTimeout(givenUp);
        done();
      };
      call.on("error", (error) => end(() => reject(error)));
      call.once("response", (response) => {
        text(response).then(
          () =>
            end(() =>
              response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
            ),
          reject,
        );
      });
      call.end(BODY);
    });
}
