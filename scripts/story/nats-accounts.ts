import { writeFileSync } from "node:fs";

/** The user, and the password, of one story; each account has streams and subjects of its own. */
export function natsUser(story: string): string {
  return story.replaceAll(/[^a-z0-9]/g, "-");
}

/** Writes a NATS configuration with one JetStream account per story. */
export function writeNatsAccounts(path: string, stories: readonly string[]): void {
  const accounts = stories.map((story) => {
    const user = natsUser(story);
    return `  ${user}: { jetstream: enabled, users: [{ user: "${user}", password: "${user}" }] }`;
  });
  writeFileSync(path, `accounts: {\n${accounts.join("\n")}\n}\n`);
}
