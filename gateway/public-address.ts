import type { Config } from "../shared/config/config";

/**
 * The path of PUBLIC_URL, such as `/billing` for `https://pay.example/billing`; empty when it has none. Every
 * address that we give to a browser or a client starts with it, and none has a host: it works on every host
 * that reaches us.
 */
export function basePathOf({ publicUrl }: Pick<Config, "publicUrl">): string {
  return new URL(publicUrl).pathname.replace(/\/+$/, "");
}
