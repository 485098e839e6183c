/** The service whose authors write what the kernel commits by itself; nobody outside may say it is theirs. */
export const OWN_SERVICE = "data-kernel";

/** What follows the @ of `alice@oms`. */
export function serviceOf(author: string): string {
  return author.slice(author.lastIndexOf("@") + 1);
}

/** Whether a branch is one that the kernel keeps for itself, such as the audit: `environment/kernel/purpose`. */
export function isOwnBranch(branch: string): boolean {
  return branch.split("/")[1] === "kernel";
}
