import { createHash } from "node:crypto";
import { chownSync, createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Extract } from "tar-stream";
import type { OsUser } from "../../db/embedded-postgres/os-user";
import { messageOf } from "../../errors";
import { installedMajor } from "../../db/embedded-postgres/binaries";
import { sync } from "./write-archive";
import { MACHINE, MANIFEST, manifestSchema, type Manifest } from "./manifest";

/** No name leads out of the folder. */
const SAFE_NAME = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0\\]+$/;

/**
 * Reads a backup into a folder and onto the disk, and checks each file against the manifest.
 * @param folder an empty one
 * @param user who gets the files; undefined: the user of this process
 * @returns its manifest
 * @throws Error that says why it is no complete backup, or none for this machine
 */
export async function readArchive(file: string, folder: string, user: OsUser | undefined): Promise<Manifest> {
  const found: Record<string, string> = {};
  const folders: string[] = [folder];
  let manifest: unknown;
  const entries = extract();
  const reading = pipeline(createReadStream(file), createGunzip(), entries);
  reading.catch(() => {});
  try {
    for await (const entry of entries) {
      const { name: given, type } = entry.header;
      const name = given.replace(/\/$/, "");
      if (!SAFE_NAME.test(name)) throw new Error(`it holds the name ${JSON.stringify(given)}`);
      const path = join(folder, name);
      if (type === "directory") {
        folders.push(path);
        await makeFolder(path, user);
        entry.resume();
      } else if (name === MANIFEST) {
        manifest = JSON.parse(await textOf(entry));
      } else {
        await makeFolder(dirname(path), user);
        found[name] = await writeFile(entry, path, user);
      }
    }
    await reading;
    for (const path of folders) await sync(path);
  } catch (error) {
    throw damaged(file, error);
  }
  return checked(file, manifest, found);
}

type Entry = Extract extends AsyncIterable<infer Each> ? Each : Readable;

/** @returns the file's SHA-256 */
async function writeFile(entry: Entry, path: string, user: OsUser | undefined): Promise<string> {
  const hash = createHash("sha256");
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(entry, hashing, createWriteStream(path, { mode: 0o600, flags: "wx" }));
  await sync(path);
  if (user !== undefined) chownSync(path, user.uid, user.gid);
  return hash.digest("hex");
}

async function makeFolder(path: string, user: OsUser | undefined): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined && user !== undefined) chownSync(path, user.uid, user.gid);
}

async function textOf(entry: Entry): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of entry) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function checked(file: string, said: unknown, found: Record<string, string>): Manifest {
  const parsed = manifestSchema.safeParse(said);
  if (!parsed.success) throw damaged(file, new Error("it has no manifest that we can read"));
  const { files, machine, postgres } = parsed.data;
  const names = new Set([...Object.keys(files), ...Object.keys(found)]);
  const wrong = [...names].filter((name) => files[name] !== found[name]);
  if (wrong.length > 0) throw damaged(file, new Error(`${wrong[0]} is not what the manifest says`));
  if (machine !== MACHINE)
    throw new Error(`${file} was made on ${machine}, and this is ${MACHINE}: Postgres cannot read its data`);
  if (postgres !== installedMajor())
    throw new Error(`${file} holds data of Postgres ${postgres}, and this is Postgres ${installedMajor()}`);
  return parsed.data;
}

function damaged(file: string, reason: unknown): Error {
  return new Error(`${file} is no complete backup: ${messageOf(reason)}`, { cause: reason });
}
