import type { IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";

/** One request, read to its end. `version` is the server's that it was sent to. */
export class Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly text: Buffer;
  readonly body: unknown;
  readonly version: string;
  readonly #message: IncomingMessage;

  private constructor(message: IncomingMessage, text: Buffer, version: string) {
    const url = new URL(message.url ?? "/", "http://double");
    this.#message = message;
    this.method = this.header("x-http-method-override") ?? message.method ?? "GET";
    this.path = decodeURIComponent(url.pathname);
    this.query = url.searchParams;
    this.text = text;
    this.body = text.length === 0 ? undefined : JSON.parse(text.toString());
    this.version = version;
  }

  static async read(message: IncomingMessage, version: string): Promise<Request> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks);
    if (text.length > 0 && !/^application\/json\b/.test(message.headers["content-type"] ?? "")) {
      throw new Problem(400, { "@type": "api:BadContentTypeErrorResponse", "api:status": "api:failure" });
    }
    return new Request(message, text, version);
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** From the query string, else from the body (contract sheet, 1: the query wins). */
  parameter(name: string): unknown {
    const inQuery = this.query.get(name);
    if (inQuery !== null) return inQuery;
    const body = this.body as Record<string, unknown> | undefined;
    const value = body?.[name];
    return typeof value === "boolean" ? String(value) : value;
  }

  get isSpoiltByCharset(): boolean {
    const declared = /charset/i.test(this.header("content-type") ?? "");
    return this.version < "12.0.6" && declared && this.text.some((byte) => byte > 127);
  }
}
