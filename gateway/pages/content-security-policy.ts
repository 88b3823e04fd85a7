/** What a page may load and from where; everything that is not named is forbidden. */
export type Policy = Partial<
  Record<`${"script" | "style" | "img" | "connect" | "frame"}-src`, readonly string[]>
>;

/**
 * A page's Content-Security-Policy. Neither inline script nor inline style is possible, nor framing by
 * others.
 */
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
