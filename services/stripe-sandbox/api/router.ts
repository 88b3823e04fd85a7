import { ApiError } from "./errors";
import type { Route } from "./call";

export interface Match {
  route: Route;
  path: Record<string, string>;
}

function matchPath(pattern: string, path: string): Record<string, string> | null {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const named: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const actual = given[index] ?? "";
    if (segment.startsWith(":") && actual !== "") named[segment.slice(1)] = actual;
    else if (segment !== actual) return null;
  }
  return named;
}

/**
 * Finds the route of a request.
 * @throws ApiError 404 for one that the sandbox does not have
 */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  for (const route of routes) {
    const named = route.method === method ? matchPath(route.path, path) : null;
    if (named) return { route, path: named };
  }
  const message = `Unrecognized request URL (${method}: ${path}). The sandbox has no such route.`;
  throw new ApiError(404, { type: "invalid_request_error", message }, false);
}
