/** Whether a name fits one of the patterns, in which `*` stands for any text. */
export function matcher(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/gu, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "su");
  });
  return (name) => expressions.some((expression) => expression.test(name));
}
