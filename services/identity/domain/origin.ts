/**
 * Where a request with a password comes from: a network address, a device that has signed in to the account
 * before, or the signed-in user.
 */
export interface Origin {
  kind: "address" | "device" | "user";
  id: string;
}

/** An origin as one text, like `address 192.0.2.1`. */
export function textOf({ kind, id }: Origin): string {
  return `${kind} ${id}`;
}
