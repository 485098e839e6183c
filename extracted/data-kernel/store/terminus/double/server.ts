import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as branches from "./branches.ts";
import * as collaboration from "./collaboration.ts";
import { type Reply, read, write } from "./documents.ts";
import { bareProblem, Problem, problem } from "./problem.ts";
import { Repository } from "./repository.ts";
import { Request } from "./request.ts";
import * as woql from "./woql.ts";

/**
 * What goes wrong with one request. `applied`: after it was done, so that only the answer is lost. `hang` never
 * answers, `cut` breaks off in the middle, `error` is the bare 500, `starting` the HTML of a server that loads.
 */
export type Fault = {
  readonly kind: "hang" | "cut" | "error" | "starting";
  readonly applied: boolean;
};

export type Double = {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Asked once for every request; changeable while it runs. */
  faultOf: (method: string, path: string) => Fault | undefined;
  /** By `ORG/DB`. */
  readonly databases: ReadonlyMap<string, Repository>;
  readonly stop: () => Promise<void>;
};

const USER = "kernel";
const PASSWORD = "secret 비밀";
const AUTHORIZATION = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;

/** TerminusDB's HTTP interface as far as the adapter knows it, in memory, on a socket of its own. */
export async function startDouble({ version = "12.0.6" } = {}): Promise<Double> {
  const databases = new Map<string, Repository>();
  const server = createServer((message, response) => {
    void serve(message, response);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));

  const double: Double = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: USER,
    password: PASSWORD,
    faultOf: () => undefined,
    databases,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = double.faultOf(message.method ?? "", message.url ?? "");
    if (fault && !fault.applied) return spoil(response, fault);
    const reply = await outcome(message);
    if (fault) return spoil(response, fault, reply);
    send(response, reply);
  }

  async function outcome(message: IncomingMessage): Promise<Reply> {
    try {
      return await route(await Request.read(message, version), databases);
    } catch (error) {
      if (error instanceof Problem) return { status: error.status, body: error.body };
      // A double with a bug fails the way the server does, and says so where a test's reader sees it.
      console.error(error);
      return { status: 500, body: { "api:status": "api:failure", "api:message": String(error) } };
    }
  }

  return double;
}

function send(response: ServerResponse, { status = 200, body, version }: Reply): void {
  if (version !== undefined) response.setHeader("TerminusDB-Data-Version", version);
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function spoil(response: ServerResponse, { kind }: Fault, reply?: Reply): void {
  if (kind === "hang") return;
  if (kind === "starting") {
    response.writeHead(503, { "content-type": "text/html" }).end("<html>loading</html>");
  } else if (kind === "error") {
    send(response, {
      status: 500,
      body: { "api:status": "api:failure", "api:message": "Unexpected failure in request handler" },
    });
  } else {
    const text = JSON.stringify(reply?.body ?? []);
    response.writeHead(200, { "content-type": "application/json" });
    response.write(text.slice(0, Math.ceil(text.length / 2)), () => response.destroy());
  }
}

async function route(request: Request, databases: Map<string, Repository>): Promise<Reply> {
  const [, api, operation = "", organization, name, ...resource] = request.path.split("/");
  if (api !== "api") throw bareProblem(404, "unknown path");
  if (operation === "ok") return {};
  if (operation === "info") {
    return {
      body: { "@type": "api:InfoResponse", "api:info": { terminusdb: { version: request.version } } },
    };
  }
  authenticate(request);
  const path = `${organization}/${name}`;
  if (operation === "db") return database(request, path, databases);
  if (operation === "clone") return collaboration.clone(databases, path, request);
  const repository = databases.get(path);
  if (!repository) throw problem("Access", "UnknownDatabase", { "api:database_name": name }, 404);
  return inDatabase(repository, request, { operation, resource });
}

/** No credentials are not wrong ones: they make an anonymous user, who may do nothing (contract sheet, 0.7). */
function authenticate(request: Request): void {
  const given = request.header("authorization");
  if (given === AUTHORIZATION) return;
  if (given === undefined) throw bareProblem(403, "Access to 'all' is not authorised");
  throw problem("", "IncorrectAuthenticationError", {}, 401);
}

function database(request: Request, path: string, databases: Map<string, Repository>): Reply {
  const there = databases.has(path);
  if (request.method === "POST") {
    if (there) throw problem("DbCreate", "DatabaseAlreadyExists");
    databases.set(path, new Repository());
    return { body: { "@type": "api:DbCreateResponse", "api:status": "api:success" } };
  }
  if (!there) throw problem("Db", "UnknownDatabase", {}, 404);
  if (request.method === "DELETE") databases.delete(path);
  return { body: { path } };
}

type Target = { readonly operation: string; readonly resource: readonly string[] };

async function inDatabase(repository: Repository, request: Request, target: Target): Promise<Reply> {
  const { operation, resource } = target;
  const [, kind = "branch", id = "main"] = resource;
  if (operation === "pack") return collaboration.pack(repository);
  if (operation === "fetch") return collaboration.fetchInto(repository, request);
  if (operation === "pull") return collaboration.pull(repository, id, request);
  if (operation === "diff") return branches.diff(repository, request);
  if (operation === "branch") return branches.branch(repository, id, request);
  if (operation === "reset") return branches.reset(repository, id, request);
  if (operation === "squash") return branches.squash(repository, id, request);
  if (operation === "log") return branches.log(repository, id, request);
  if (kind === "_commits") return branches.commitGraph(repository, request);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (kind === "commit") {
    const commit = repository.commitInPath(id);
    if (operation === "woql") return { ...woql.select(commit, request), version: `commit:${id}` };
    if (!isRead) throw problem("Document", "DocumentAccessImpossible");
    return { body: read(commit, request), version: `commit:${id}` };
  }
  if (operation === "woql") return woql.run(repository, id, request);
  if (operation !== "document") throw bareProblem(404, "unknown path");
  if (!isRead) return write(repository, id, request);
  const head = repository.headOf(id, "GetDocument");
  return { body: read(head, request), version: `branch:${head.id}` };
}
