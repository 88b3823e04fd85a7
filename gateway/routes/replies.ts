import type { Reply } from "./route";

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent = (): Reply => ({ status: 204 });

/** 202 for work that goes on after the answer; `location` is where its progress can be read. */
export const accepted = (body: unknown, location: string): Reply => ({
  status: 202,
  body,
  headers: { location },
});
