/**
 * About how many bytes a copy of `value` takes. Counting stops once it is over `limit`, so a huge or circular
 * value costs no more than a large one.
 */
export function sizeOf(value: unknown, limit: number): number {
  let bytes = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0 && bytes <= limit) {
    const next = rest.pop();
    if (typeof next === "string") bytes += 2 * next.length;
    else if (typeof next !== "object" || next === null) bytes += 8;
    else if (ArrayBuffer.isView(next)) bytes += next.byteLength;
    else bytes += 16 + pushParts(next, rest);
  }
  return bytes;
}

/** The bytes of the keys; what they name is counted later. */
function pushParts(value: object, rest: unknown[]): number {
  if (Array.isArray(value)) {
    // A vector is thousands of numbers: they are counted here, without a stop at the stack.
    let numbers = 0;
    for (const part of value as unknown[]) {
      if (typeof part === "number") numbers += 1;
      else rest.push(part);
    }
    return 8 * numbers;
  }
  let bytes = 0;
  for (const [key, part] of value instanceof Map ? value : Object.entries(value)) {
    bytes += typeof key === "string" ? 2 * key.length : 8;
    rest.push(part);
  }
  return bytes;
}
