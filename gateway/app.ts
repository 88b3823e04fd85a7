import cors from "@koa/cors";
import Router, { type RouterMiddleware } from "@koa/router";
import Koa from "koa";
import helmet from "koa-helmet";
import { BillingError } from "../shared/errors";
import { accessLog } from "./middleware/access-log";
import { errorHandler } from "./middleware/error-handler";
import { requestId, type RequestState } from "./middleware/request-id";
import { requestTarget } from "./middleware/request-target";
import { basePathOf } from "./public-address";
import { resources } from "./routes";
import { routeHandler, type Gateway } from "./route-handler";

/** No API answer is a page; the pages set their own policy. */
const API_POLICY = { defaultSrc: ["'none'"], frameAncestors: ["'none'"] };
/** The headers that pages of other sites may read. */
const EXPOSED_HEADERS = ["Link", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"];

/** Builds the HTTP application: the middleware of every request, and the routes. */
export function buildApp(gateway: Gateway): Koa<RequestState> {
  const app = new Koa<RequestState>({ proxy: gateway.config.trustProxy, maxIpsCount: 1 });
  app.silent = true;
  app.use(requestId);
  app.use(accessLog(gateway.broker, gateway.log));
  app.use(errorHandler(gateway.log));
  app.use(requestTarget(basePathOf(gateway.config)));
  // No browser sends the Authorization header by itself, so pages of any site may use the API.
  app.use(cors({ origin: "*", exposeHeaders: EXPOSED_HEADERS, maxAge: 600, keepHeadersOnError: false }));
  app.use(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: API_POLICY },
      // Other hosts of the domain may have no TLS.
      strictTransportSecurity: { includeSubDomains: false },
    }),
  );
  app.use((ctx, next) => {
    ctx.set("Cache-Control", "no-store");
    return next();
  });
  app.use(buildRouter(gateway).routes());
  app.use(refuse);
  return app;
}

function buildRouter(gateway: Gateway): Router<RequestState> {
  const router = new Router<RequestState>();
  router.get("/", (ctx) => ctx.redirect(`${basePathOf(gateway.config)}/api/docs`));
  for (const resource of resources(gateway.config)) {
    for (const route of resource.routes) {
      const path = route.path.replace(/\/$/, "").replaceAll(/\{(\w+)\}/g, ":$1");
      const paths = resource.alsoWithoutPrefix === true ? [path, path.replace(/^\/api/, "")] : [path];
      router[route.method](paths, routeHandler(gateway, resource, route));
    }
  }
  return router;
}

/** Ends a request that no route has answered: the address is not known, or not with this method. */
const refuse: RouterMiddleware<RequestState> = (ctx) => {
  const methods = [...new Set((ctx.matched ?? []).flatMap((layer) => layer.methods))];
  if (methods.length === 0)
    throw new BillingError(404, "request.not_found", "There is nothing at this address.");
  ctx.set("Allow", methods.join(", "));
  if (ctx.method === "OPTIONS") {
    ctx.status = 204;
    return;
  }
  throw new BillingError(405, "request.method_not_allowed", `${ctx.method} is not possible here.`);
};
