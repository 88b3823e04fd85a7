import { messageOf } from "../errors";
import { existsSync, writeFileSync } from "node:fs";
import { SERVICE_NAMES, type ServiceName } from "../config/config";
import { busName } from "../service/bus-name";
import { makeSecrets } from "./secrets";

/**
 * `npm run secrets`: writes `.env` and `nats.conf` into the current folder. Each argument names the services
 * of one process, as in SERVICES; without arguments, each service has its own process.
 * @throws Error when one of the files is there, or a service is unknown
 */
function main(groups: readonly string[]): void {
  const processes = groups.length === 0 ? SERVICE_NAMES : groups.map(toBusName);
  for (const file of [".env", "nats.conf"])
    if (existsSync(file)) throw new Error(`${file} is there already. Move it away to make new passwords.`);
  const { env, natsConf } = makeSecrets(processes);
  writeFileSync(".env", env, { mode: 0o600, flag: "wx" });
  writeFileSync("nats.conf", natsConf, { mode: 0o600, flag: "wx" });
  process.stdout.write("Wrote .env and nats.conf. Fill in the keys of your Stripe account in .env.\n");
}

function toBusName(group: string): string {
  const names = group.split(",");
  const unknown = names.find((name) => !SERVICE_NAMES.includes(name as ServiceName));
  if (unknown !== undefined)
    throw new Error(`There is no service ${unknown}, there are ${SERVICE_NAMES.join(", ")}.`);
  return busName(names as ServiceName[]);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
