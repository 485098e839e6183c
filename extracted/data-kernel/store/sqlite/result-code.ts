/** SQLite's primary result code, or 0 for what is no error of SQLite's; extended ones carry it in their low byte. */
export function primaryCode(error: unknown): number {
  const code = error instanceof Error && "errcode" in error ? Number(error.errcode) : 0;
  return code & 0xff;
}
