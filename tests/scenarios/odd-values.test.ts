import { z } from "zod";
import { exampleOf } from "../../gateway/examples";
import { gatewayUrl } from "../../gateway/gateway.service";
import { resources } from "../../gateway/routes";
import { RestClient } from "../support/http";
import { startSystem, type System } from "../support/system";

const PASSWORD = "correct horse battery";
const ID = "0198c0de-0000-7000-8000-000000000001";
const ODD: unknown[] = [
  null,
  "",
  "\u0000",
  "\ud800",
  "x".repeat(5_000),
  -1,
  1e308,
  99_999_999_999_999,
  [[]],
  { a: { b: 1 } },
  ID,
  "' OR 1=1 --",
  "../../etc",
  "😀".repeat(50),
  "2026-02-30",
  "9999-12-31",
];

interface OddRequest {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

let system: System;
let token: string;

beforeAll(async () => {
  const env = { STAFF_USERNAME: "root", STAFF_EMAIL: "root@example.com", STAFF_PASSWORD: PASSWORD };
  system = await startSystem({ env });
  token = (await new RestClient(gatewayUrl(system.broker)).signIn("root", PASSWORD)).token ?? "";
});
afterAll(() => system.stop());

const inPath = (value: unknown) =>
  encodeURIComponent(typeof value === "string" && value !== "\ud800" ? value || "x" : JSON.stringify(value));

/** One odd value at a time: in a field, as the body, in the path, in the query. */
function* oddRequests(): Generator<OddRequest> {
  for (const { method: verb, path, body, query, operation, idempotent } of resources(system.config).flatMap(
    ({ routes }) => routes,
  )) {
    if (operation === null) continue;
    const method = verb.toUpperCase();
    const at = path.replaceAll(/\{\w+\}/g, ID);
    const empty = method === "GET" ? {} : { body: {} };
    if (body instanceof z.ZodObject) {
      const example = exampleOf(body, "request") as object;
      const headers = idempotent === undefined ? {} : { "idempotency-key": "odd" };
      for (const field of Object.keys(body.shape))
        for (const value of ODD) yield { method, path: at, body: { ...example, [field]: value }, headers };
      for (const value of ODD) yield { method, path: at, body: value };
    }
    if (path.includes("{"))
      for (const value of ODD) yield { method, path: path.replaceAll(/\{\w+\}/g, inPath(value)), ...empty };
    for (const field of Object.keys(query?.shape ?? {}))
      for (const value of ODD) yield { method, path: `${at}?${field}=${inPath(value)}`, ...empty };
  }
}

test("no odd value of a field is an error of ours", async () => {
  const failed: string[] = [];
  let sent = 0;
  for (const { method, path, body, headers } of oddRequests()) {
    sent += 1;
    const response = await fetch(`${gatewayUrl(system.broker)}${path}`, {
      method,
      redirect: "manual",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 500) failed.push(`${method} ${path} ${JSON.stringify(body) ?? ""}: ${text}`);
  }
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(3_000);
});
