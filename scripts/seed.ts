import { objects, objectTypes } from "./seed/ontology.ts";

const OMS = process.env["OMS_URL"] ?? "http://127.0.0.1:8080";

/** Creates what is not there yet, through OMS's own REST API; what is there, changed or not, stays as it is. */
async function seed(): Promise<void> {
  const made = { types: 0, objects: 0 };
  for (const type of objectTypes) if (await create("object-types", type)) made.types += 1;
  for (const object of objects) if (await create("objects", object)) made.objects += 1;
  console.log(
    `made ${made.types} of ${objectTypes.length} object types, ${made.objects} of ${objects.length} objects`,
  );
}

async function create(path: string, body: object): Promise<boolean> {
  const response = await fetch(`${OMS}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "oms-author": "seed@oms" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.ok) return true;
  if (response.status === 409) return false;
  throw new Error(`OMS answered ${response.status} to POST /${path} ${JSON.stringify(body)}: ${text}`);
}

try {
  await seed();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
