import { z } from "zod";
import type { ContextField } from "./flag.ts";

const ANSWER_WITHIN_MS = 15_000;

/** Where the flags are: the server's base URL, an admin token, and the environment and project they live in. */
export type UnleashAddress = {
  readonly url: string;
  readonly token: string;
  readonly environment: string;
  readonly project?: string;
};

const ServerVariant = z.object({
  name: z.string(),
  weight: z.number(),
  weightType: z.enum(["fix", "variable"]),
  stickiness: z.string(),
});
const ServerStrategy = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string().nullish(),
  disabled: z.boolean().nullish(),
  sortOrder: z.number().optional(),
  parameters: z.record(z.string(), z.string()).default({}),
  constraints: z.array(z.unknown()).default([]),
  segments: z.array(z.number()).default([]),
  variants: z.array(ServerVariant).default([]),
});
const ServerFeature = z.object({
  description: z.string().nullish(),
  archived: z.boolean().optional(),
  environments: z.array(
    z.object({ name: z.string(), enabled: z.boolean(), strategies: z.array(ServerStrategy) }),
  ),
});
const ServerContext = z.array(z.object({ name: z.string(), stickiness: z.boolean().optional() }));

export type ServerStrategy = z.infer<typeof ServerStrategy>;
export type NewStrategy = Omit<ServerStrategy, "id" | "sortOrder">;
/** What the server holds of one flag, in one environment. */
export type ServerFlag = {
  readonly description: string;
  readonly archived: boolean;
  readonly enabled: boolean;
  readonly strategies: readonly ServerStrategy[];
};

type Body = Readonly<Record<string, unknown>>;

/** Unleash's Admin API, as far as flags need it: the same requests its own UI sends. */
export class AdminApi {
  readonly #address: UnleashAddress;
  readonly #project: string;

  constructor(address: UnleashAddress) {
    this.#address = address;
    this.#project = `/api/admin/projects/${encodeURIComponent(address.project ?? "default")}/features`;
  }

  async contextFields(): Promise<z.infer<typeof ServerContext>> {
    return ServerContext.parse(await this.#send("GET", "/api/admin/context"));
  }

  async createContextField(field: ContextField): Promise<void> {
    await this.#send("POST", "/api/admin/context", field);
  }

  async updateContextField({ name, ...rest }: ContextField): Promise<void> {
    await this.#send("PUT", `/api/admin/context/${encodeURIComponent(name)}`, rest);
  }

  /** Undefined when the server never had the flag. Throws when it has no such environment. */
  async flag(name: string): Promise<ServerFlag | undefined> {
    const found = await this.#send("GET", this.#path(name), undefined, "absent allowed");
    if (found === undefined) return undefined;
    const { description, archived, environments } = ServerFeature.parse(found);
    const environment = environments.find((candidate) => candidate.name === this.#address.environment);
    if (!environment) throw new Error(`Unleash has no environment ${this.#address.environment} for ${name}`);
    const { enabled, strategies } = environment;
    return { description: description ?? "", archived: archived ?? false, enabled, strategies };
  }

  async createFlag(name: string, description: string): Promise<void> {
    await this.#send("POST", this.#project, { name, description, type: "release" });
  }

  async describeFlag(name: string, description: string): Promise<void> {
    await this.#send("PUT", this.#path(name), { description, type: "release" });
  }

  async addStrategy(flag: string, strategy: NewStrategy): Promise<void> {
    await this.#send("POST", `${this.#inEnvironment(flag)}/strategies`, strategy);
  }

  async updateStrategy(flag: string, { id, ...strategy }: ServerStrategy): Promise<void> {
    await this.#send("PUT", `${this.#inEnvironment(flag)}/strategies/${id}`, strategy);
  }

  async setEnabled(flag: string, enabled: boolean): Promise<void> {
    await this.#send("POST", `${this.#inEnvironment(flag)}/${enabled ? "on" : "off"}`);
  }

  #path(flag: string): string {
    return `${this.#project}/${encodeURIComponent(flag)}`;
  }

  #inEnvironment(flag: string): string {
    return `${this.#path(flag)}/environments/${encodeURIComponent(this.#address.environment)}`;
  }

  async #send(method: string, path: string, body?: Body, absent?: "absent allowed"): Promise<unknown> {
    const response = await this.#fetch(method, path, body);
    const text = await response.text();
    if (response.status === 404 && absent) return undefined;
    if (!response.ok) {
      throw new Error(`Unleash answered ${response.status} to ${method} ${path}: ${text.slice(0, 300)}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }

  async #fetch(method: string, path: string, body: Body | undefined): Promise<Response> {
    const { url, token } = this.#address;
    try {
      return await fetch(new URL(path, url), {
        method,
        headers: { authorization: token, "content-type": "application/json" },
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new Error(`Unleash does not answer at ${url}`, { cause: error });
    }
  }
}
