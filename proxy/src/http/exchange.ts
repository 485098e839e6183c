import type { IncomingMessage, ServerResponse } from "node:http";
import { CallerGone } from "../call/caller-gone.ts";
import { DeadlinePassed } from "../call/deadline.ts";
import type { Lost, Way } from "../dispatch/way.ts";
import { answerHeaders, requestHeaders } from "./headers.ts";
import { hold } from "./hold.ts";
import type { Outgoing, Send } from "./outgoing.ts";
import { type Answer, BUFFERED_BYTES, type HttpService } from "./service.ts";

type Parts = {
  readonly service: HttpService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly send: Send;
  /** Size of the request's body, as far as it is known. */
  readonly bytes: number;
  /** Whether the body is sent as it comes. */
  readonly streams: boolean;
};

/**
 * One request to the service and its answer. The answer is held until it is all there; one that is too long for that
 * goes on to the caller as it comes, and from its first byte on nobody else can answer.
 */
export class Exchange implements Way {
  readonly #parts: Parts;
  #deadlineMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #outgoing: Outgoing | undefined;
  #held: Answer | undefined;
  #begun: boolean = false;
  #passedBytes = 0;
  /** Why it ended before its time. */
  #ended: Error | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get begun(): boolean {
    return this.#begun;
  }

  async ask(deadlineMs: number): Promise<unknown> {
    const { request, response, streams } = this.#parts;
    this.#deadlineMs = deadlineMs;
    this.#wait();
    const arrived = () => this.#wait();
    const left = () => {
      if (!response.writableFinished) this.#end(new CallerGone("the caller left"));
    };
    if (streams) request.once("end", arrived);
    response.once("close", left);
    try {
      if (response.destroyed) throw new CallerGone("the caller left");
      return await this.#exchange();
    } catch (error) {
      if (!this.#held) this.#end(error as Error);
      throw error;
    } finally {
      clearTimeout(this.#timer);
      request.off("end", arrived);
      response.off("close", left);
    }
  }

  read(answer: unknown): unknown {
    return JSON.parse(new TextDecoder().decode(answer as Uint8Array));
  }

  lost(): Lost | undefined {
    const { bytes, streams } = this.#parts;
    if (streams) return { reason: "too big", bytes };
    if (this.#ended instanceof CallerGone) return { reason: "caller gone", bytes };
    return this.#begun && !this.#ended ? { reason: "too big", bytes: this.#passedBytes } : undefined;
  }

  /** Gives the caller the answer that was held, byte for byte. */
  reply(): void {
    if (!this.#held) throw new Error("no answer was held");
    const { service, response } = this.#parts;
    const { status, headers, body } = this.#held;
    const length = { "content-length": body.length };
    response.writeHead(status, { ...answerHeaders(headers, service.internal), ...length }).end(body);
  }

  async #exchange(): Promise<Buffer> {
    const { service, request, send } = this.#parts;
    const outgoing = send(requestHeaders(request.headers, service.headers(), service.internal));
    this.#outgoing = outgoing;
    const incoming = await this.#hear(() => outgoing.answer);
    const { bytes: body, whole } = await this.#hear(() => {
      service.answered(incoming.headers);
      return hold(incoming, BUFFERED_BYTES);
    });
    const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers, body };
    if (whole) this.#held = answer;
    const error = service.errorOf(answer);
    if (error) throw error;
    if (!whole) await this.#hear(() => this.#passOn(body, incoming));
    return body;
  }

  #passOn(beginning: Buffer, incoming: IncomingMessage): Promise<void> {
    const { service, response } = this.#parts;
    this.#begun = true;
    this.#passedBytes = beginning.length;
    response.writeHead(incoming.statusCode ?? 0, answerHeaders(incoming.headers, service.internal));
    response.write(beginning);
    return new Promise((resolve, reject) => {
      response.once("finish", resolve).once("close", reject);
      incoming.on("error", reject).on("data", (chunk: Buffer) => {
        this.#passedBytes += chunk.length;
        this.#wait();
      });
      incoming.pipe(response);
    });
  }

  /** What goes wrong on the connection is the service's silence, unless the exchange was ended for a reason. */
  async #hear<R>(listen: () => Promise<R>): Promise<R> {
    try {
      return await listen();
    } catch (error) {
      throw this.#ended ?? this.#parts.service.unreachable(error);
    }
  }

  /** From now on the service has all of its time. */
  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#silent(), this.#deadlineMs);
  }

  /** Nothing was heard for as long as the service is given. */
  #silent(): void {
    if (this.#outgoing?.arriving()) this.#wait();
    else if (this.#parts.response.writableNeedDrain) this.#end(new CallerGone("the caller takes nothing"));
    else this.#end(new DeadlinePassed("the service did not answer in time"));
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#outgoing?.cancel(reason);
    if (this.#begun) this.#parts.response.destroy();
  }
}
