import path from "node:path";
import { z } from "zod";
import type { Config } from "../../shared/config/config";
import { describeApi } from "../openapi";
import { basePathOf } from "../public-address";
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
export function documentation(api: readonly Resource[], config: Pick<Config, "publicUrl">): Resource {
  const basePath = basePathOf(config);
  let description: unknown;
  const resource: Resource = {
    name: "documentation",
    description: "The description of this API, for programs and for people.",
    item: "page",
    routes: [
      route({
        method: "get",
        path: "/api/",
        operation: "listEntryPoints",
        auth: "anyone",
        summary: "List the entry points",
        response: { 200: z.record(z.string(), z.string()) },
        handler: () =>
          ok({
            docs: `${basePath}/api/docs`,
            openapi: `${basePath}/api/openapi.json`,
            payment_page: `${basePath}/api/pay/`,
          }),
      }),
      route({
        method: "get",
        path: "/api/openapi.json",
        operation: "getDescription",
        auth: "anyone",
        summary: "Get this description (OpenAPI 3.1)",
        response: { 200: z.looseObject({}) },
        handler: () => ok((description ??= describeApi([...api, resource], config))),
      }),
      route({
        method: "get",
        path: "/api/docs",
        operation: "showDocumentation",
        auth: "anyone",
        summary: "Show this description as a page",
        response: { 200: "text/html" },
        handler: () => ({
          status: 200,
          type: "text/html; charset=utf-8",
          body: docsPage(basePath),
          headers: { "content-security-policy": POLICY },
        }),
      }),
      ...FILES.map((file) =>
        route({
          method: "get",
          path: `/api/docs/${path.basename(file)}`,
          operation: null,
          auth: "anyone",
          summary: "A file of the documentation page",
          response: { 200: "application/octet-stream" },
          handler: () => staticFile(file),
        }),
      ),
    ],
  };
  return resource;
}
