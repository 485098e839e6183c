import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePorts } from "../../process/ports.ts";

export type Nginx = {
  /** With a mirror that answers. */
  readonly healthy: string;
  /** With a mirror that is never heard of again. */
  readonly hung: string;
};

const HOST = "127.0.0.1";
const POLL_MS = 20;
const PATIENCE_MS = 10_000;
/** A mirrored call that hangs keeps two for a minute; nginx that runs out of them cuts callers that are idle. */
const CONNECTIONS = 8192;

/** nginx before `service`, mirroring every request to it as well; started from `executable`. */
export async function startNginx(
  executable: string,
  service: string,
  opening: AsyncDisposableStack,
): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), "bench-nginx-"));
  opening.defer(() => rm(folder, { recursive: true }));
  const [healthy = 0, hung = 0] = await freePorts(HOST, 2);
  await writeFile(
    join(folder, "nginx.conf"),
    configuration(folder, new URL(service).host, { healthy, hung }),
  );
  const child = spawn(executable, ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], { stdio: "inherit" });
  const exited = once(child, "exit");
  opening.defer(async () => {
    child.kill("SIGTERM");
    await exited;
  });
  const urls = { healthy: `http://${HOST}:${healthy}`, hung: `http://${HOST}:${hung}` };
  const end = performance.now() + PATIENCE_MS;
  while (!(await answers(urls.healthy))) {
    if (child.exitCode !== null || performance.now() > end) throw new Error("nginx does not answer");
    await wait(POLL_MS);
  }
  return urls;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}

type Ports = { readonly healthy: number; readonly hung: number };

function configuration(folder: string, service: string, { healthy, hung }: Ports): string {
  const kept = "client_body fastcgi proxy scgi uwsgi"
    .split(" ")
    .map((what) => `${what}_temp_path ${folder}/${what};`)
    .join("\n  ");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  return `
daemon off;
${user}
worker_processes 1;
worker_rlimit_nofile ${2 * CONNECTIONS};
pid ${folder}/nginx.pid;
events { worker_connections ${CONNECTIONS}; }
http {
  access_log off;
  ${kept}
  keepalive_requests 1000000;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  upstream service { server ${service}; keepalive 64; }
  upstream mirrors { server ${service}; keepalive 64; }
  ${server(healthy, "$request_uri")}
  ${server(hung, "/hung")}
}
`;
}

function server(port: number, mirrored: string): string {
  return `server {
    listen ${HOST}:${port};
    location / { mirror /mirror; proxy_pass http://service; }
    location = /ready { proxy_pass http://service; }
    location = /mirror { internal; proxy_pass http://mirrors${mirrored}; }
  }`;
}
