/** As long as identity knows a device. */
const MAX_AGE_S = 180 * 86_400;

/**
 * The cookie that shows, at the next login, that a device has signed in before. It is no credential, and
 * browsers send it to the addresses of tokens alone.
 * @param publicUrl the gateway's address for customers
 */
export function deviceCookie(device: string, publicUrl: string): string {
  const { protocol, pathname } = new URL(publicUrl);
  const path = `${pathname.replace(/\/$/, "")}/api/token`;
  const secure = protocol === "https:" ? "; Secure" : "";
  return `billing_device=${device}; Path=${path}; Max-Age=${MAX_AGE_S}; HttpOnly; SameSite=Strict${secure}`;
}

/** Reads it from a Cookie header. Anything that cannot be a device is ignored: it must keep nobody out. */
export function deviceOf(cookies: string | string[] | undefined): { device?: string } {
  const [, device] = /(?:^|;\s*)billing_device=([\w.-]{1,200})\s*(?:;|$)/.exec(String(cookies)) ?? [];
  return device === undefined ? {} : { device };
}
