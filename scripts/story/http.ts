import type { HttpAnswer, HttpRequest } from "./story.ts";

const TIMEOUT_MS = 10_000;

/** One HTTP call; throws only when there is no answer. */
export async function http(method: string, url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
  const { headers = {}, body, timeoutMs = TIMEOUT_MS } = request;
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
