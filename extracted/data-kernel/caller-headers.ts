/** What a kernel that knows its callers (KERNEL_CALLERS) wants to see: KERNEL_TOKEN, kept out of arguments and logs. */
export function callerHeaders(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const token = env["KERNEL_TOKEN"];
  return token ? { authorization: `Bearer ${token}` } : {};
}
