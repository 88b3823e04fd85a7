import { parseArgs } from "node:util";
import type { ApiKey } from "../../contracts/api-keys";
import { keyScope } from "../../contracts/contract";
import { messageOf } from "../../errors";
import { columns } from "../columns";
import { type CommandContext, type ConsoleCommand, UsageError } from "../command";

const ADD_USAGE = `<name> <${keyScope.options.join("|")}> [--expires 2030-01-01T00:00:00Z] [--limit N]`;
const ROTATE_USAGE = "<id> [--overlap SECONDS]";
const SHOWN_ONCE = "The key is not shown again.";

/** The API keys of a team's own software. */
export const keys: ConsoleCommand = {
  name: "keys",
  description: "Make, rotate and revoke API keys",
  verbs: {
    add: { usage: ADD_USAGE, description: "makes an API key and prints it once", run: addKey },
    list: { usage: "", description: "lists all API keys, without their secrets", run: listKeys },
    rotate: {
      usage: ROTATE_USAGE,
      description: "gives a key a new secret; the old one is valid for another day, or as long as you say",
      run: rotateKey,
    },
    revoke: { usage: "<id>", description: "ends a key for good", run: revokeKey },
  },
};

async function addKey({ call, print }: CommandContext, args: string[]): Promise<void> {
  const usage = `Usage: keys add ${ADD_USAGE}`;
  const { positionals, values } = parsed(usage, args, {
    expires: { type: "string" },
    limit: { type: "string" },
  });
  const [name, given, ...rest] = positionals;
  const scope = keyScope.safeParse(given);
  if (name === undefined || !scope.success || rest.length > 0) throw new UsageError(usage);
  const { key, id } = await call("identity.createApiKey", {
    name,
    scope: scope.data,
    ...(values.expires === undefined ? {} : { expires_at: values.expires }),
    ...(values.limit === undefined ? {} : { rate_limit: wholeNumber(values.limit, usage) }),
  });
  print(`API key ${name} (${id}), scope ${scope.data}: ${key}`);
  print(SHOWN_ONCE);
}

async function listKeys({ call, print }: CommandContext, args: string[]): Promise<void> {
  if (args.length > 0) throw new UsageError("Usage: keys list");
  const rows = [["id", "name", "scope", "calls a minute", "last used", "state"]];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: { items: ApiKey[]; next: string | null } = await call("identity.listApiKeys", {
      limit: 200,
      ...(cursor === undefined ? {} : { cursor }),
    });
    rows.push(...page.items.map(rowOf));
    cursor = page.next;
  }
  if (rows.length === 1) return print("There are no API keys.");
  for (const line of columns(rows)) print(line);
}

function rowOf(key: ApiKey): string[] {
  const { id, name, scope, rate_limit, last_used_at } = key;
  return [id, name, scope, String(rate_limit), last_used_at ?? "never", stateOf(key)];
}

function stateOf({ revoked_at, expires_at, old_secret_until }: ApiKey): string {
  if (revoked_at !== null) return `revoked ${revoked_at}`;
  if (expires_at !== null && Date.parse(expires_at) <= Date.now()) return `expired ${expires_at}`;
  const ends = expires_at === null ? [] : [`until ${expires_at}`];
  const old = old_secret_until === null || Date.parse(old_secret_until) <= Date.now();
  return ["valid", ...ends, ...(old ? [] : [`old secret until ${old_secret_until}`])].join(", ");
}

async function rotateKey({ call, print }: CommandContext, args: string[]): Promise<void> {
  const usage = `Usage: keys rotate ${ROTATE_USAGE}`;
  const { positionals, values } = parsed(usage, args, { overlap: { type: "string" } });
  const [id, ...rest] = positionals;
  if (id === undefined || rest.length > 0) throw new UsageError(usage);
  const overlap = values.overlap === undefined ? {} : { overlap_s: wholeNumber(values.overlap, usage) };
  const { key, name, old_secret_until } = await call("identity.rotateApiKey", { id, ...overlap });
  print(`API key ${name} (${id}): ${key}`);
  print(`The old secret is ${old_secret_until === null ? "ended" : `valid until ${old_secret_until}`}.`);
  print(SHOWN_ONCE);
}

async function revokeKey({ call, print }: CommandContext, args: string[]): Promise<void> {
  const [id, ...rest] = args;
  if (id === undefined || rest.length > 0) throw new UsageError("Usage: keys revoke <id>");
  await call("identity.revokeApiKey", { id });
  print("The API key is revoked. Gateways refuse it within 30 seconds.");
}

/** @throws UsageError for options that are not known */
function parsed<Options extends Record<string, { type: "string" }>>(
  usage: string,
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [problem = ""] = messageOf(error).split(/[.\n]/, 1);
    throw new UsageError(`${problem}.\n${usage}`);
  }
}

function wholeNumber(text: string, usage: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(usage);
  return Number(text);
}
