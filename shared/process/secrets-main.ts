import { messageOf } from "../errors";
import { existsSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SERVICE_NAMES, type ServiceName } from "../config/config";
import { busName } from "../service/bus-name";
import { makeSecrets } from "./secrets";

/**
 * `npm run secrets`: writes `.env` and `nats.conf` into the current folder. Each argument names the services
 * of one process, as in SERVICES; without arguments, each service has its own process. With `--sandbox`, the
 * Stripe sandbox of docker-compose.yml takes the payments.
 * @throws Error when one of the files is there, or an option or service is unknown
 */
function main(args: string[]): void {
  const { values, positionals: groups } = parseArgs({
    args,
    options: { sandbox: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const processes = groups.length === 0 ? SERVICE_NAMES : groups.map(toBusName);
  for (const file of [".env", "nats.conf"])
    if (existsSync(file)) throw new Error(`${file} is there already. Move it away to make new passwords.`);
  const { env, natsConf } = makeSecrets(processes, values);
  writeFileSync(".env", env, { mode: 0o600, flag: "wx" });
  writeFileSync("nats.conf", natsConf, { mode: 0o600, flag: "wx" });
  const next = values.sandbox
    ? "With the Stripe sandbox, no money moves: never use them for real customers."
    : "Fill in the keys of your Stripe account in .env.";
  process.stdout.write(`Wrote .env and nats.conf. ${next}\n`);
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
