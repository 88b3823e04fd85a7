import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { scripts } from "../../package.json";
import { contracts, eventContract, PRODUCERS } from "../../shared/contracts";
import { linkPurpose } from "../../shared/contracts/accounts";
import { deliveryKind } from "../../shared/contracts/notifications";
import type { StateMachine } from "../../shared/states";
import { EIGHT_PROCESSES, TWO_PROCESSES } from "../prove/process-groups";
import { SERVICE_NAMES } from "../../shared/config/config";

const ROOT = path.resolve(__dirname, "../..");
const exists = (file: string) => existsSync(path.join(ROOT, file));
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

const files = ["services", "gateway", "shared"]
  .flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((file) =>
      path.posix.join(folder, file),
    ),
  )
  .filter((file) => file.endsWith(".ts"));

/** Files that are loaded by their path: services, migrations, commands of package.json, browser scripts. */
function isLoadedByPath(file: string): boolean {
  if (/\.service\.ts$|\/migrations\/|\.d\.ts$/.test(file)) return true;
  if (Object.values(scripts).some((command) => command.split(" ").includes(file))) return true;
  return file.startsWith("gateway/pages/browser/") || file === "services/stripe-sandbox/browser/index.ts";
}

function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/(?:from|import\() ?"(\.[^"]*)"/g)];
  return specifiers.flatMap(([, specifier = ""]) => {
    const target = path.posix.join(path.posix.dirname(file), specifier);
    return [`${target}.ts`, `${target}/index.ts`].filter((each) => existsSync(path.join(ROOT, each)));
  });
}

/** Some files and all that they import, directly or indirectly. */
function reachableFrom(entries: string[]): Set<string> {
  const reached = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    waiting.push(...importsOf(file));
  }
  return reached;
}

it("every file is loaded by its path, or imported from one that is", () => {
  const reached = reachableFrom(["moleculer.config.ts", ...files.filter(isLoadedByPath)]);
  expect(files.filter((file) => !reached.has(file))).toEqual([]);
});

it("every folder in services/ is a service that can be started, or the Stripe sandbox", () => {
  const folders = readdirSync(path.join(ROOT, "services"));
  const names = SERVICE_NAMES.filter((name) => name !== "gateway");
  expect(folders.sort()).toEqual([...names, "stripe-sandbox"].sort());
});

it("every kind of mail is queued by a consumer, or is a stage of the reminders", () => {
  const queues = files.filter((file) =>
    /^services\/notifications\/(consumers\/|domain\/reminder-policy)/.test(file),
  );
  // One consumer queues the mails of all links, by their purpose.
  const links: readonly string[] = linkPurpose.options;
  const source = queues.map(read).join("\n");
  const others = deliveryKind.options.filter((kind) => !links.includes(kind));
  expect(others.filter((kind) => !source.includes(`"${kind}"`))).toEqual([]);
});

it("documents name only files that exist", () => {
  const documents = ["README.md", "CONTRIBUTING.md", "gateway/README.md", "tests/prove/README.md"];
  const all = [
    ...documents,
    ...readdirSync(path.join(ROOT, "services")).map((name) => `services/${name}/README.md`),
  ];
  const missing = all.flatMap((document) =>
    [...read(document).matchAll(/`([\w-]+(?:\/[\w.-]+)*\/[\w.-]+\.(?:ts|js|css|svg|md))`/g)]
      .map(([, file = ""]) => file)
      .filter((file) => ![file, path.join(path.dirname(document), file)].some(exists))
      .map((file) => `${document}: ${file}`),
  );
  expect(missing).toEqual([]);
});

it("every service is in the picture of the README", () => {
  const readme = read("README.md");
  const section = readme.slice(readme.indexOf("## How it is built"));
  const picture = /```\n(.*?)```/s.exec(section)?.[1] ?? "";
  expect(SERVICE_NAMES.filter((name) => !picture.split(/\s+/).includes(name))).toEqual([]);
});

it.each([[EIGHT_PROCESSES], [TWO_PROCESSES]])("the proof's processes %j run every service", (processes) => {
  const running = processes.flatMap((services) => services.split(","));
  expect(SERVICE_NAMES.filter((name) => !running.includes(name))).toEqual([]);
});

describe.each(PRODUCERS)("the README of %s", (name) => {
  // After `subscription.created`, a README may write `.cancelled`.
  const readme = existsSync(path.join(ROOT, `services/${name}/README.md`))
    ? read(`services/${name}/README.md`).replaceAll(/\s+/g, " ")
    : "";
  const unnamed = (types: string[]) =>
    types.filter((type) => !readme.includes(`\`${type}`) && !readme.includes(`\`.${type.split(".")[1]}\``));

  it("says what the service owns and what not", () => {
    expect(readme).toContain("**Owns**");
    expect(readme).toContain("**Does not own**");
  });

  it("names every state", async () => {
    const machines = files.filter(
      (file) => file.startsWith(`services/${name}/`) && file.endsWith(".state.ts"),
    );
    const modules = await Promise.all(
      machines.map((file) => import(path.join(ROOT, file)) as Promise<object>),
    );
    const states = modules
      .flatMap((module) => Object.values(module) as Partial<StateMachine<string>>[])
      .flatMap(({ transitions = {} }) => Object.keys(transitions));
    expect(states.length).toBeGreaterThanOrEqual(2 * machines.length);
    expect(states.filter((state) => !new RegExp(`\\b${state}\\b`).test(readme))).toEqual([]);
  });

  it("names every event that it produces", () => {
    expect(unnamed(Object.keys(contracts[name].events))).toEqual([]);
  });

  it("names every event that it consumes", () => {
    const consumers = files.filter((file) => file.startsWith(`services/${name}/consumers/`));
    const types = consumers.flatMap((file) =>
      [...read(file).matchAll(/\bconsume(?:<[^(]*>)?\(\s*"([^"]+)"/g)].map(([, type = ""]) => type),
    );
    expect(types.every((type) => eventContract(type))).toBe(true);
    expect(types.length).toBeGreaterThanOrEqual(consumers.length);
    expect(unnamed(types)).toEqual([]);
  });
});
