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
 * The user that runs Postgres: ourselves (undefined), or, when we are root, whoever owns the data or the
 * folder around them (and may start the next time), else `nobody`.
 * @param cluster the folder of the data, which need not exist yet
 */
export function postgresUser(cluster: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const accounts = readAccounts();
  const [data, folder] = [cluster, dirname(cluster)].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  // initdb wants a user with a name, which the owner of a folder that is mounted into a container may not
  // have there.
  const owner = accounts.find(({ uid }) => uid === folder?.uid && uid !== 0);
  const { uid, gid } = owner ?? accounts.find(({ name }) => name === "nobody") ?? { uid: 65534, gid: 65534 };
  return { uid, gid };
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

function readAccounts(): (OsUser & { name: string })[] {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  return lines.map((line) => {
    const [name = "", , uid, gid] = line.split(":");
    return { name, uid: Number(uid), gid: Number(gid) };
  });
}
