import path from "node:path";
import { z } from "zod";
import { describeApi } from "../openapi";
import { staticFile } from "../pages/static-file";
import { docsPage } from "../pages/docs-page";
import { contentSecurityPolicy } from "../pages/content-security-policy";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const SWAGGER_UI = path.dirname(require.resolve("swagger-ui-dist/package.json"));
const FILES = [
  ...["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"].map((name) =>
    path.join(SWAGGER_UI, name),
  ),
  path.join(__dirname, "../pages/docs.js"),
];

/** Swagger UI sets styles on elements and has icons in data URLs. */
const POLICY = contentSecurityPolicy({
  "script-src": ["'self'"],
  "style-src": ["'self'", "'unsafe-inline'"],
  "img-src": ["'self'", "data:"],
  "connect-src": ["'self'"],
});

/** The description of the API, for programs and for people. Nothing is loaded from other servers. */
export function documentation(api: readonly Resource[]): Resource {
  let description: unknown;
  const resource: Resource = {
    name: "documentation",
    item: "page",
    routes: [
      route({
        method: "get",
        path: "/api/",
        auth: "anyone",
        summary: "List the entry points",
        response: { 200: z.record(z.string(), z.string()) },
        handler: () => ok({ docs: "/api/docs", openapi: "/api/openapi.json", payment_page: "/api/pay/" }),
      }),
      route({
        method: "get",
        path: "/api/openapi.json",
        auth: "anyone",
        summary: "Get this description (OpenAPI 3.1)",
        response: { 200: z.looseObject({}) },
        handler: () => ok((description ??= describeApi([...api, resource]))),
      }),
      route({
        method: "get",
        path: "/api/docs",
        auth: "anyone",
        summary: "Show this description as a page",
        response: { 200: "text/html" },
        handler: () => ({
          status: 200,
          type: "text/html; charset=utf-8",
          body: docsPage(),
          headers: { "content-security-policy": POLICY },
        }),
      }),
      ...FILES.map((file) =>
        route({
          method: "get",
          path: `/api/docs/${path.basename(file)}`,
          auth: "anyone",
          summary: "A file of the documentation page",
          hidden: true,
          response: { 200: "application/octet-stream" },
          handler: () => staticFile(file),
        }),
      ),
    ],
  };
  return resource;
}
