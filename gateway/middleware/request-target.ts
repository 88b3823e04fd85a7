import type { Middleware } from "koa";
import { holdsApiKey } from "../../shared/contracts/api-keys";
import { BillingError, invalid } from "../../shared/errors";
import type { RequestState } from "./request-id";

/** The headers that decide what a request means. Node reads their bytes as Latin-1, whatever they are. */
const READ_HEADERS = [
  "accept",
  "authorization",
  "content-encoding",
  "content-type",
  "host",
  "stripe-signature",
] as const;
const ASCII = /^[\t\x20-\x7e]*$/;
const VISIBLE_ASCII = /^[\x21-\x7e]*$/;

/**
 * Refuses a request whose address or headers could be read in two ways: a second Host header, a whole URL in
 * the place of a path, and bytes that are not the percent-encoding of UTF-8. A `basePath` in front of the
 * path is removed, so that it does not matter whether the proxy has removed it. An address with an API key in
 * it is refused too: proxies log addresses.
 * @param basePath the path of PUBLIC_URL, such as `/billing`; empty when it has none
 * @throws BillingError 400
 */
export function requestTarget(basePath: string): Middleware<RequestState> {
  return (ctx, next) => {
    if (countOf("host", ctx.req.rawHeaders) > 1)
      throw invalid({ field: "Host", message: "header must be sent once" });
    for (const name of READ_HEADERS) {
      const value = ctx.req.headers[name];
      if (typeof value === "string" && !ASCII.test(value))
        throw invalid({ field: name, message: "header must hold ASCII characters only" });
    }
    const { url } = ctx;
    if (!url.startsWith("/")) {
      throw new BillingError(
        400,
        "request.invalid_address",
        "The address must be a path, such as /api/plans.",
      );
    }
    if (!VISIBLE_ASCII.test(url) || !isUtf8(url)) {
      throw new BillingError(400, "request.invalid_address", "The address must be percent-encoded UTF-8.");
    }
    if (holdsApiKey(decodeURIComponent(url))) {
      throw new BillingError(
        400,
        "request.key_in_address",
        "An API key must be sent in the Authorization header, never in the address. " +
          "Others may have seen this one: rotate it.",
      );
    }
    const [path = "", ...query] = url.split("?");
    if (basePath !== "" && (path === basePath || path.startsWith(`${basePath}/`)))
      ctx.url = [path.slice(basePath.length) || "/", ...query].join("?");
    return next();
  };
}

/** How often a header was sent. @param raw names and values in turn, as Node gives them */
function countOf(header: string, raw: readonly string[]): number {
  return raw.filter((each, index) => index % 2 === 0 && each.toLowerCase() === header).length;
}

function isUtf8(encoded: string): boolean {
  if (!encoded.includes("%")) return true;
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
