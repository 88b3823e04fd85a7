/** What a page may load, and from where. Everything else is forbidden. */
export type Policy = Partial<
  Record<`${"script" | "style" | "img" | "connect" | "frame"}-src`, readonly string[]>
>;

/** Makes a page's Content-Security-Policy. It forbids inline scripts and framing. */
export function contentSecurityPolicy(policy: Policy): string {
  const directives = {
    "default-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    ...policy,
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}
