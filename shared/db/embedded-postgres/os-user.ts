import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** The operating system's user that a child process runs as. */
export interface OsUser {
  uid: number;
  gid: number;
}

/** True when we are root, whom Postgres refuses to run as. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user that runs Postgres: ourselves (undefined), or, when we are root, whoever owns the data or the folder around
 * them (and may start the next time), else `nobody`.
 * @param cluster the folder of the data, which need not exist yet
 */
export function postgresUser(cluster: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const owner = [cluster, dirname(cluster)]
    .map((folder) => statSync(folder, { throwIfNoEntry: false }))
    .find((folder) => folder !== undefined && folder.uid !== 0);
  return owner ? { uid: owner.uid, gid: owner.gid } : nobody();
}

/** Whether a user may enter a folder: every folder on the way must let them through. */
export function canEnter(folder: string, user: OsUser): boolean {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at);
    const mayPass = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & mayPass) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function nobody(): OsUser {
  const entry = readFileSync("/etc/passwd", "utf8").split("\n").find((line) => line.startsWith("nobody:"));
  const [, , uid, gid] = entry?.split(":") ?? [];
  return { uid: Number(uid ?? 65534), gid: Number(gid ?? 65534) };
}
