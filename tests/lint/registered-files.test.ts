import { readdirSync } from "node:fs";
import path from "node:path";

// A service file then exports its definition, and not the Moleculer schema made from it.
jest.mock("../../shared/service/define-service", () => ({
  defineService: (_name: string, definition: object) => definition,
}));

const SERVICES = path.resolve(__dirname, "../../services");

interface Definition {
  actions: Record<string, unknown>;
  consumers?: unknown[];
}

/** All files of a folder in each service, such as `invoicing/actions/list-invoices.ts`. */
function filesIn(folder: string): string[] {
  return readdirSync(SERVICES)
    .flatMap((service) => filesOf(path.join(service, folder)))
    .sort();
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(path.join(SERVICES, folder)).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}

/** What a file under services/ exports, by name. */
async function exportsOf(file: string): Promise<Record<string, unknown>> {
  return (await import(path.join(SERVICES, file))) as Record<string, unknown>;
}

async function definitionOf(file: string): Promise<Definition> {
  const service = file.split("/")[0] ?? "";
  return (await exportsOf(`${service}/${service}.service.ts`))["default"] as Definition;
}

it.each(filesIn("consumers"))("%s is in the consumers of its service", async (file) => {
  const { consumers = [] } = await definitionOf(file);
  const exported = Object.values(await exportsOf(file));
  expect(exported.length).toBeGreaterThan(0);
  for (const each of exported) expect(consumers).toContain(each);
});

it.each(filesIn("actions"))("%s is in the actions of its service", async (file) => {
  const actions = Object.values((await definitionOf(file)).actions);
  const exported = Object.values(await exportsOf(file));
  expect(exported.filter((each) => actions.includes(each))).not.toEqual([]);
});
