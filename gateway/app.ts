import cors from "@koa/cors";
import Router, { type RouterContext, type RouterMiddleware } from "@koa/router";
import Koa from "koa";
import helmet from "koa-helmet";
import { BillingError } from "../shared/errors";
import { accessLog } from "./middleware/access-log";
import { problems } from "./middleware/problems";
import { requestId, type RequestState } from "./middleware/request-id";
import { resources } from "./routes";
import { serve, type Gateway } from "./serve";

/** Nothing that the API answers is a page; pages bring a policy of their own. */
const API_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
/** What pages of other sites may read of an answer's headers. */
const EXPOSED = ["Link", "Location", "Retry-After", "X-Request-Id"];

/** Builds the HTTP application: what every request goes through, and the routes. */
export function buildApp(gateway: Gateway): Koa<RequestState> {
  const app = new Koa<RequestState>({ proxy: gateway.config.trustProxy, maxIpsCount: 1 });
  app.silent = true;
  app.use(requestId);
  app.use(accessLog(gateway.broker, gateway.log));
  app.use(problems(gateway.log));
  // Tokens travel in a header that no browser adds by itself, so any site's page may speak to the API.
  app.use(cors({ origin: "*", exposeHeaders: EXPOSED, maxAge: 600, keepHeadersOnError: false }));
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: API_POLICY },
      // What else runs below the domain is not ours to decide about.
      strictTransportSecurity: { includeSubDomains: false },
    }),
  );
  app.use((ctx, next) => {
    ctx.set("Cache-Control", "no-store");
    return next();
  });
  const router = buildRouter(gateway);
  app.use(router.routes() as unknown as Koa.Middleware<RequestState>);
  app.use((ctx) => refuse(ctx as unknown as RouterContext));
  return app;
}

function buildRouter(gateway: Gateway): Router<RequestState> {
  const router = new Router<RequestState>();
  for (const resource of resources(gateway.config)) {
    for (const route of resource.routes) {
      const path = route.path.replace(/\/$/, "").replaceAll(/\{(\w+)\}/g, ":$1");
      const paths = resource.bare === true ? [path, path.replace(/^\/api/, "")] : [path];
      const handle = serve(gateway, resource, route) as unknown as RouterMiddleware<RequestState>;
      for (const each of paths) router[route.method](each, handle);
    }
  }
  return router;
}

/** No route has answered: the address is not known, or not with this method. */
function refuse(ctx: RouterContext): void {
  const methods = [...new Set((ctx.matched ?? []).flatMap((layer) => layer.methods))];
  if (methods.length === 0)
    throw new BillingError(404, "request.not_found", "There is nothing at this address.");
  ctx.set("Allow", methods.join(", "));
  if (ctx.method === "OPTIONS") {
    ctx.status = 204;
    return;
  }
  throw new BillingError(405, "request.method_not_allowed", `${ctx.method} is not possible here.`);
}
