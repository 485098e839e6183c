/** The error of a server that found its port in use: what to change. */
export function portTaken(at: { host: string; port: number; variable: string }, cause: unknown): Error {
  return new Error(
    `Port ${at.port} on ${at.host} is in use: stop what listens there or set ${at.variable} to another port`,
    { cause },
  );
}
