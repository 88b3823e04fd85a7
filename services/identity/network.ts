import { isIPv6 } from "node:net";

/**
 * The network that counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, because
 * one household has all addresses that begin with them.
 */
export function networkOf(client: string): string {
  if (!isIPv6(client)) return client;
  const [address = ""] = client.split("%");
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const before = head.split(":").filter(Boolean);
  const after = (tail ?? "").split(":").filter(Boolean);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  const groups = [...before, ...zeros, ...after];
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return ipv4Of(groups.slice(6));
  return `${groups.slice(0, 4).join(":")}::/64`;
}

function ipv4Of(groups: string[]): string {
  const bytes = groups.map((group) => Number.parseInt(group, 16)).flatMap((word) => [word >> 8, word & 255]);
  return bytes.join(".");
}
