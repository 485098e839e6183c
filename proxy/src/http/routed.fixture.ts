import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as open,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { json } from "../compare/json.ts";
import { Refusal, type Setup, strangled } from "../dispatch/strangled.fixture.ts";
import { routeHttp } from "./route.ts";
import type { HttpService } from "./service.ts";

type Port = { readonly f: (body: unknown) => Promise<unknown> };

export type Answered = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

type RoutedSetup = Omit<Setup, "extracted"> & {
  /** The service's own REST; absent: nobody listens there. */
  readonly service?: RequestListener;
  /** The context that the call of a request is made in. */
  readonly within?: <R>(run: () => R) => R;
};

/** In these tests in-process says this of everything it is asked. */
export const IN_PROCESS = { by: "in-process" };

/**
 * A process with one route, `POST /f`, on real sockets: strangled, routed, with a handler of its own that asks the
 * door; and the service behind it.
 */
export async function routed(t: TestContext, { service, within, ...setup }: RoutedSetup = {}) {
  const behind = createServer(service);
  await listen(behind);
  const url = new URL(`http://127.0.0.1:${portOf(behind)}`);
  if (!service) await close(behind);
  const door = strangled({
    stage: "live",
    inProcess: async () => IN_PROCESS,
    extracted: async () => ({ by: "stub" }),
    ...setup,
    method: { compare: json(), ...setup.method },
    limits: { bytesPerCall: 2 ** 23, inProcessMs: 1000, ...setup.limits },
  });
  const answeredHeaders: IncomingHttpHeaders[] = [];
  const rest: HttpService = {
    url,
    internal: (header) => header.startsWith("oms-"),
    headers: () => ({ "oms-key": String(door.context.getStore()?.key), traceparent: "00-ours" }),
    answered: (headers) => answeredHeaders.push(headers),
    errorOf({ status, body }) {
      if (status === 200) return body.toString().startsWith("garbage") ? new Error("garbage") : undefined;
      return status < 500 ? new Refusal(`${status}`) : new Error(`${status}`);
    },
    unreachable: (cause) => new Error("unreachable", { cause }),
  };
  const route = routeHttp<Port, ServerResponse>({
    strangler: {
      attach: () => door.attached.forward,
      dispatcher: (_, method) => door.attached.dispatcher(method),
    },
    capability: "embedding",
    service: async () => rest,
    send: (response, value) =>
      response.setHeader("content-type", "application/json").end(JSON.stringify(value)),
  })({ ask: (body) => ({ ...ask(body), ...(within && { within }) }), large: "f" });
  const own = async (request: IncomingMessage, response: ServerResponse) => {
    const text = await textOf(request);
    response.setHeader("by", "own handler");
    try {
      response.end(JSON.stringify(await door.call(JSON.parse(text))));
    } catch (error) {
      response.writeHead(400).end(`${error}: ${text}`);
    }
  };
  const oms = createServer((request, response) => {
    response.setHeader("oms-build", "ours");
    route(request, response, (error) => {
      if (error === undefined) void own(request, response);
      else response.writeHead(503).end(String(error));
    });
  });
  await listen(oms);
  t.after(async () => {
    await Promise.all([close(oms), close(behind)]);
    door.attached.stop();
  });
  const at = { host: "127.0.0.1", port: portOf(oms), path: "/f" };

  /** Starts a request; its body may be sent later. */
  function start(headers: IncomingHttpHeaders = {}, method = "POST") {
    return open({ ...at, method, agent: false, headers: { "content-type": "application/json", ...headers } });
  }

  /** Rejects when the connection is cut. */
  async function post(body: string | Buffer, headers: IncomingHttpHeaders = {}): Promise<Answered> {
    const request = start({ "content-length": String(Buffer.byteLength(body)), ...headers });
    request.end(body);
    return answerOf(request);
  }

  return { ...door, post, start, answeredHeaders };
}

export async function answerOf(request: ReturnType<typeof open>): Promise<Answered> {
  // What goes wrong once the answer is there is the answer's to tell.
  request.on("error", () => {});
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: await textOf(response) };
}

export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What asks nothing has no `text`. */
function ask(body: unknown) {
  if (typeof body !== "object" || body === null || !("text" in body)) throw new Refusal("text is required");
  return { method: "f", args: [body] as [unknown] } as const;
}

async function listen(server: Server): Promise<void> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
