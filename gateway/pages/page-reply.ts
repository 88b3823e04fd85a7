import type { Reply } from "../routes/route";
import { contentSecurityPolicy, type Policy } from "./content-security-policy";

/** Styles and pictures of our own; nothing else may be loaded. */
const OWN_POLICY: Policy = { "style-src": ["'self'"], "img-src": ["'self'"] };

/** Answers with a page. @param policy what it may load besides our styles and pictures */
export function pageReply(status: number, body: string, policy: Policy = {}): Reply {
  const headers = { "content-security-policy": contentSecurityPolicy({ ...OWN_POLICY, ...policy }) };
  return { status, type: "text/html; charset=utf-8", body, headers };
}
