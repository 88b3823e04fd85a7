import { describeWithNats } from "../support/nats";
import { createDatabase, type TestDatabase } from "../support/postgres";
import { expectedInvoices } from "./model";
import { FEW } from "./processes";
import { prove } from "./prove";
import { plot } from "./story";

const SHORT = { seed: 18, months: 1, subscriptions: 12, heavyFires: 1, heat: 0.25 };

describeWithNats("a fleet that lives through a month under fire", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it("is billed exactly as a model of its own has it, with every other book in accord", async () => {
    const told: string[] = [];
    const { findings, facts } = await prove({
      ...SHORT,
      databaseUrl: database.url,
      processes: FEW,
      tell: (line) => told.push(line),
    });
    if (findings.length > 0) process.stderr.write(`${told.join("\n")}\n`);
    expect(findings).toEqual([]);
    expect(facts["invoices"]).toBe(
      expectedInvoices(plot(SHORT.seed, SHORT), plot(SHORT.seed, SHORT).lastMoment.slice(0, 10)).length,
    );
    expect(facts["charged"]).toBeGreaterThan(0);
  }, 180_000);
});
