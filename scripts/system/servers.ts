import type { Spec } from "../process/spec.ts";
import type { Settings } from "../settings.ts";
import type { Servers } from "../setup/servers.ts";
import { addressesOf, reachOf } from "./addresses.ts";
import { dataOf, NODE, portsOf } from "./parts.ts";

export function redis(settings: Settings, servers: Servers): Spec {
  const port = settings.ports.REDIS_PORT;
  const listen = ["--bind", settings.host, "--port", `${port}`];
  const keep = ["--dir", dataOf(settings, "redis"), "--appendonly", "yes", "--save", ""];
  return {
    name: "redis",
    command: [servers.redis, ...listen, ...keep],
    env: {},
    ports: portsOf(settings, "REDIS_PORT"),
    data: dataOf(settings, "redis"),
    needs: [],
    readiness: { tcp: port, send: "PING\r\n", expect: "+PONG" },
    patience: 60,
  };
}

export function nats(settings: Settings, servers: Servers): Spec {
  const port = settings.ports.NATS_PORT;
  const accounts = servers.natsConfig === undefined ? [] : ["--config", servers.natsConfig];
  return {
    name: "nats",
    command: [
      servers.nats,
      ...accounts,
      ...[
        "--addr",
        settings.host,
        "--port",
        `${port}`,
        "--jetstream",
        "--store_dir",
        dataOf(settings, "nats"),
      ],
    ],
    env: {},
    ports: portsOf(settings, "NATS_PORT"),
    data: dataOf(settings, "nats"),
    needs: [],
    readiness: { tcp: port, send: "", expect: "INFO " },
    patience: 60,
  };
}

export function unleash(settings: Settings): Spec {
  return {
    name: "unleash",
    command: [...NODE, "flags/embedded-unleash.ts"],
    env: {
      HOST: settings.host,
      PORT: `${settings.ports.UNLEASH_PORT}`,
      DATA_DIR: dataOf(settings, "unleash"),
      LOG_LEVEL: "warn",
      UNLEASH_CLIENT_TOKEN: settings.clientToken,
      ...(settings.adminToken !== undefined && { UNLEASH_ADMIN_TOKEN: settings.adminToken }),
    },
    ports: portsOf(settings, "UNLEASH_PORT"),
    data: dataOf(settings, "unleash"),
    needs: [],
    // Its own /health says GOOD with a dead database.
    readiness: {
      http: `${addressesOf(settings).unleash}/api/client/features`,
      headers: { authorization: settings.clientToken },
    },
    patience: 300,
  };
}

export function pushFlags(settings: Settings): Spec {
  return {
    name: "push flags",
    command: [...NODE, "flags/cli.ts", "push"],
    env: reachOf(settings),
    ports: [],
    needs: ["unleash"],
    readiness: { exit: true },
    patience: 60,
  };
}
