import type { Reply } from "./documents.ts";
import { problem } from "./problem.ts";
import { type Commit, Repository } from "./repository.ts";
import type { Request } from "./request.ts";

/** How one double hands its commits to another; the server's own packs are its affair. */
type Pack = {
  readonly commits: readonly (Omit<Commit, "documents"> & { readonly documents: [string, never][] })[];
  readonly branches: readonly [string, string][];
};

export function pack(repository: Repository): Reply {
  const commits = [...repository.commits.values()].map((commit) => ({
    ...commit,
    documents: [...commit.documents],
  }));
  return { body: { commits, branches: [...repository.branches] } };
}

/** The history of all branches comes, and of the branches `main` alone (contract sheet, 10). */
export async function clone(
  databases: Map<string, Repository>,
  path: string,
  request: Request,
): Promise<Reply> {
  if (databases.has(path)) throw problem("Clone", "DatabaseAlreadyExists");
  const repository = new Repository();
  repository.remote = { url: (request.body as { remote_url: string }).remote_url, branches: new Map() };
  await fetchInto(repository, request);
  repository.point("main", repository.remote.branches.get("main") ?? "");
  databases.set(path, repository);
  return { body: { "@type": "api:CloneResponse", "api:status": "api:success" } };
}

export async function fetchInto(repository: Repository, request: Request): Promise<Reply> {
  const { remote } = repository;
  if (!remote) throw problem("Fetch", "UnknownRemote");
  const [, server = "", path = ""] = /^(.*?)\/([^/]+\/[^/]+)$/.exec(remote.url) ?? [];
  const authorization = request.header("authorization-remote") ?? "";
  const response = await fetch(`${server}/api/pack/${path}`, { headers: { authorization } });
  if (!response.ok) throw problem("Fetch", "RemoteConnectionFailure");
  const { commits, branches } = (await response.json()) as Pack;
  for (const commit of commits) {
    repository.commits.set(commit.id, { ...commit, documents: new Map(commit.documents) });
  }
  repository.remote = { url: remote.url, branches: new Map(branches) };
  return { body: { "@type": "api:FetchRequest", "api:status": "api:success", "api:head_has_changed": true } };
}

/** Forward only: a branch that is not behind the remote's is refused, or ahead (contract sheet, 10). */
export async function pull(repository: Repository, name: string, request: Request): Promise<Reply> {
  await fetchInto(repository, request);
  const head = repository.headOf(name, "Pull");
  const { remote_branch } = request.body as { remote_branch: string };
  const theirs = repository.remote?.branches.get(remote_branch);
  if (theirs === undefined) throw problem("Pull", "UnknownRemoteBranch");
  if (theirs === head.id) return status("pull_unchanged");
  if (reaches(repository, head.id, theirs)) return status("pull_ahead");
  if (!head.initial && !reaches(repository, theirs, head.id)) throw problem("Pull", "HistoryDivergedError");
  repository.point(name, theirs);
  return status("pull_fast_forwarded");
}

function status(name: string): Reply {
  return {
    body: { "@type": "api:PullResponse", "api:status": "api:success", "api:pull_status": `api:${name}` },
  };
}

/** True when `ancestor` is in the history of `id`. */
function reaches(repository: Repository, id: string, ancestor: string): boolean {
  for (let at: string | undefined = id; at !== undefined; at = repository.commits.get(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
}
