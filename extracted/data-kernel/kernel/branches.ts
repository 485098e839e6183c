import { currentContext } from "@oms/chassis/context/context.ts";
import { invalid, ServiceError } from "@oms/chassis/errors/service-error.ts";
import { askingService } from "../asking-service.ts";
import { keepLifetime } from "../governance/lifetime.ts";
import type { BranchAccess } from "../hooks/check-policy.ts";
import { refuseOthersThanOperators } from "../operators.ts";
import { readToken, writeToken } from "../page-token.ts";
import { branchInput, deletionInput, diffInput, resetInput } from "../request.ts";
import type { Rewrites } from "../rewrite.ts";
import type { Branch, DiffReply, Moment, Store } from "../store/port.ts";
import { refuseLiveInShadow } from "../terms.ts";
import { parse } from "../validation.ts";
import type { Paged } from "./paged.ts";

type Parts = {
  readonly rewrites: Rewrites;
  readonly environment: string | undefined;
  readonly mayWrite: BranchAccess;
  readonly now: () => number;
};

export class Branches {
  readonly #store: Store;
  readonly #rewrites: Rewrites;
  readonly #environment: string | undefined;
  readonly #mayWrite: BranchAccess;
  readonly #now: () => number;

  constructor(store: Store, { rewrites, environment, mayWrite, now }: Parts) {
    this.#store = store;
    this.#rewrites = rewrites;
    this.#environment = environment;
    this.#mayWrite = mayWrite;
    this.#now = now;
  }

  async create(input: unknown): Promise<Branch> {
    const { mode, maxAgeMs, ...request } = parse(branchInput, input);
    refuseLiveInShadow(mode);
    this.#requireAccess(request.name);
    const environment = this.#environment ?? "";
    if (environment && !request.name.startsWith(`${environment}/`))
      throw invalid("name", `must begin with ${environment}/, as everything of this environment`);
    const branch = { ...request, timeMs: this.#now() };
    if (mode === "shadow") return this.#store.evaluateBranch(branch);
    const created = await this.#store.createBranch(branch);
    if (maxAgeMs > 0) await keepLifetime(this.#store, created, { maxAgeMs, fromMs: created.createdMs });
    return created;
  }

  list(): Promise<Branch[]> {
    return this.#store.listBranches();
  }

  async diff(input: unknown): Promise<Paged<DiffReply>> {
    const { from, to, pageSize: limit, pageToken } = parse(diffInput, input);
    const of = ["diff", from.branch, from.at, to.branch, to.at];
    const place = pageToken ? placeOf(pageToken, of, { from, to }) : { from, to, afterId: "" };
    const { more, ...reply } = await this.#store.diff({ ...place, limit });
    const at = `${reply.from} ${reply.to}`;
    const after = reply.differences.at(-1)?.id ?? "";
    return { ...reply, nextPageToken: more ? writeToken({ of, at, after }) : "" };
  }

  async reset(input: unknown): Promise<Branch> {
    const { mode, ...request } = parse(resetInput, input);
    refuseLiveInShadow(mode);
    refuseOthersThanOperators();
    this.#requireAccess(request.name);
    return mode === "shadow" ? this.#rewrites.evaluateReset(request) : this.#rewrites.reset(request);
  }

  async delete(input: unknown): Promise<void> {
    const { mode, ...request } = parse(deletionInput, input);
    refuseLiveInShadow(mode);
    refuseOthersThanOperators();
    this.#requireAccess(request.name);
    return mode === "shadow" ? this.#rewrites.evaluateDeletion(request) : this.#rewrites.delete(request);
  }

  /** Who may not commit to a branch may neither make it nor take its commits. */
  #requireAccess(name: string): void {
    const { author, caller } = currentContext();
    const service = askingService({ author, caller: caller?.service });
    if (this.#mayWrite(name, service)) return;
    const message = `is not for ${service} to write`;
    throw new ServiceError("PERMISSION_DENIED", `name ${message}`, [{ field: "name", message }]);
  }
}

/** The next page compares what the first one did; no commit id has a space. */
function placeOf(token: string, of: readonly string[], { from, to }: { from: Moment; to: Moment }) {
  const { at, after: afterId } = readToken(token, of, "");
  const [fromAt = "", toAt = ""] = at.split(" ");
  return { from: { ...from, at: fromAt }, to: { ...to, at: toAt }, afterId };
}
