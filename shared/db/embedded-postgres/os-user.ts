import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

/** The operating system's user who runs a child process. */
export interface OsUser {
  uid: number;
  gid: number;
}

/** Whether we are root. Postgres refuses to run as root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user who runs Postgres: the user of this process (undefined) or, when that is root, the owner of the
 * data or of the folder around it, who may start the system next time; otherwise `nobody`.
 * @param pgdata the folder of the data, which may not exist yet
 */
export function postgresUser(pgdata: string): OsUser | undefined {
  if (!isRoot()) return undefined;
  const accounts = readAccounts();
  const [data, folder] = [pgdata, dirname(pgdata)].map((path) => statSync(path, { throwIfNoEntry: false }));
  if (data && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  // initdb needs a user with a name. The owner of a folder that is mounted into a container may have none
  // there.
  const owner = accounts.find(({ uid }) => uid === folder?.uid && uid !== 0);
  const { uid, gid } = owner ?? accounts.find(({ name }) => name === "nobody") ?? { uid: 65534, gid: 65534 };
  return { uid, gid };
}

/** Whether a user may enter a folder and all folders above it. */
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
