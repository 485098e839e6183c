import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export type Asked = {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: string;
};

export type ProviderServer = {
  /** What EMBEDDING_PROVIDER_URL would be. */
  readonly url: string;
  /** Every request, with its Authorization. */
  readonly asked: (Asked & { readonly authorization: string | undefined })[];
  /** How the next requests are answered; with vectors at first. */
  answer: (asked: Asked, response: ServerResponse) => void;
  readonly stop: () => Promise<void>;
};

/** A vector of three numbers, not of unit length: how many a, b and c the text has. */
export const lettersOf = (text: string) => ["a", "b", "c"].map((letter) => text.split(letter).length - 1);

/** An HTTP server that speaks OpenAI's embedding API. */
export async function startProvider(): Promise<ProviderServer> {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider: ProviderServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    answer: withVectors,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = (await json(request)) as Asked;
    provider.asked.push({ ...asked, authorization: request.headers.authorization });
    if (request.method === "POST" && request.url === "/v1/embeddings") provider.answer(asked, response);
    else response.writeHead(404).end("{}");
  }
  return provider;
}

/** As the API allows, not in the order of the texts. */
export function withVectors({ model, input }: Asked, response: ServerResponse): void {
  const data = input.map((text, index) => ({ object: "embedding", index, embedding: lettersOf(text) }));
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ object: "list", model, data: data.reverse(), usage: { total_tokens: 1 } }));
}
