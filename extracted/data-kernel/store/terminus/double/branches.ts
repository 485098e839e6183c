import type { Reply } from "./documents.ts";
import { bareProblem, problem } from "./problem.ts";
import type { Commit, Info, Repository } from "./repository.ts";
import type { Request } from "./request.ts";

const success = (type: string, more: object = {}): Reply => ({
  body: { "@type": `api:${type}Response`, "api:status": "api:success", ...more },
});

/** POST makes, DELETE takes the pointer away and nothing else; an unknown branch is 400 (contract sheet, 6). */
export function branch(repository: Repository, name: string, request: Request): Reply {
  if (request.method === "DELETE") {
    if (name === "main") throw problem("Branch", "BranchMainDeletionError");
    if (!repository.branches.has(name)) throw problem("Branch", "BranchDoesNotExistError");
    repository.remove(name);
    return success("Branch");
  }
  if (repository.branches.has(name)) throw problem("Branch", "BranchExistsError");
  repository.point(name, originOf(repository, (request.body as { origin?: string }).origin));
  return success("Branch");
}

function originOf(repository: Repository, origin: string | undefined): string {
  if (origin === undefined) return repository.headOf("main", "Branch").id;
  const [, commit] = /\/commit\/([^/]+)$/.exec(origin) ?? [];
  if (commit !== undefined) {
    // An unknown origin commit has no error of its own.
    if (!repository.commits.has(commit)) throw bareProblem(400, "unknown origin commit");
    return commit;
  }
  const [, , where = "local"] = origin.split("/");
  const branches = where === "local" ? repository.branches : repository.remote?.branches;
  const found = branches?.get(origin.split("/").at(-1) ?? "");
  if (found !== undefined) return found;
  throw problem("Branch", "OriginBranchDoesNotExist");
}

/** Any commit of the repository, forwards or backwards, and no condition (contract sheet, 6). */
export function reset(repository: Repository, name: string, request: Request): Reply {
  const descriptor = (request.body as { commit_descriptor?: string }).commit_descriptor;
  if (descriptor === undefined) throw problem("BadAPIDocument", "RequiredFieldsMissing");
  repository.headOf(name, "Reset");
  const commit = descriptor.split("/").at(-1) ?? "";
  if (!repository.commits.has(commit)) throw problem("Reset", "UnresolvableCommitId");
  repository.point(name, commit);
  return success("Reset");
}

/** The new commit is on no branch: whoever asked resets the branch to it (contract sheet, 6). */
export function squash(repository: Repository, name: string, request: Request): Reply {
  const head = repository.headOf(name, "Squash");
  if (head.parent === undefined) return success("EmptySquash", { "api:empty_commit": true });
  const info = (request.body as { commit_info: Info }).commit_info;
  const made = repository.detach(head, info);
  return success("Squash", {
    "api:commit": `local/commit/${made}`,
    "api:old_commit": `local/commit/${head.id}`,
  });
}

/** Newest first, walked from the head (contract sheet, 7). */
export function log(repository: Repository, name: string, request: Request): Reply {
  const start = Number(request.query.get("start") ?? 0);
  const count = Number(request.query.get("count") ?? Number.MAX_SAFE_INTEGER);
  const commits: Commit[] = [];
  let commit: Commit | undefined = repository.headOf(name, "Log");
  while (commit && commits.length < start + count) {
    commits.push(commit);
    commit = repository.commits.get(commit.parent ?? "");
  }
  return { body: commits.slice(start).map(entryOf) };
}

function entryOf({ id, parent, author, message, timestamp, initial }: Commit) {
  const type = initial ? "InitialCommit" : "ValidCommit";
  return {
    "@id": `${type}/${id}`,
    "@type": type,
    identifier: id,
    author,
    message,
    timestamp,
    ...(parent !== undefined && { parent: `ValidCommit/${parent}` }),
  };
}

/** What the commit graph says of itself, as documents (contract sheet, 2 and 6). */
export function commitGraph(repository: Repository, request: Request): Reply {
  if (request.parameter("type") === "Branch") {
    const body = [...repository.branches].map(([name, head]) => ({
      "@id": `Branch/${name}`,
      "@type": "Branch",
      name,
      head: entryOf(repository.commitInPath(head))["@id"],
    }));
    return { body };
  }
  const commit = repository.commits.get(String(request.parameter("id")).split("/").at(-1) ?? "");
  return { body: commit ? [entryOf(commit)] : [] };
}

type Version = string | undefined;

/** Of two versions of the database, document by document (contract sheet, 8). */
export function diff(repository: Repository, request: Request): Reply {
  const { before_data_version, after_data_version } = request.body as Record<string, Version>;
  const [before, after] = [before_data_version, after_data_version].map((version) => {
    const id = version?.split(":").at(-1) ?? "";
    const commit = repository.commits.get(repository.branches.get(id) ?? id);
    if (!commit) throw problem("Diff", "NotValidRefError");
    return commit.documents;
  });
  const ids = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  const body = [...ids].flatMap((id) => {
    const [was, is] = [before?.get(id), after?.get(id)];
    if (!was) return [{ "@op": "Insert", "@insert": is }];
    if (!is) return [{ "@op": "Delete", "@delete": was }];
    const changed = Object.keys({ ...was, ...is }).filter((field) => was[field] !== is[field]);
    if (changed.length === 0) return [];
    const swaps = changed.map((field) => [
      field,
      { "@op": "SwapValue", "@before": was[field], "@after": is[field] },
    ]);
    return [{ "@id": id, ...Object.fromEntries(swaps) }];
  });
  return { body };
}
