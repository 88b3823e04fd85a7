import { describeWithNats } from "../support/nats";
import { createDatabase, type TestDatabase } from "../support/postgres";
import { expectedInvoices } from "./model";
import { TWO_PROCESSES } from "./process-groups";
import { prove } from "./prove";
import { makeStory } from "./story";

const SHORT = { seed: 18, months: 1, subscriptions: 12, outages: 1, faultRate: 0.25 };

describeWithNats("a month of billing with faults", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase();
  });
  afterAll(() => database.drop());

  it("leaves exactly the invoices that the model expects, and all other books correct", async () => {
    const lines: string[] = [];
    const { findings, counts } = await prove({
      ...SHORT,
      databaseUrl: database.url,
      processes: TWO_PROCESSES,
      log: (line) => lines.push(line),
    });
    if (findings.length > 0) process.stderr.write(`${lines.join("\n")}\n`);
    expect(findings).toEqual([]);
    const story = makeStory(SHORT.seed, SHORT);
    expect(counts["invoices"]).toBe(expectedInvoices(story, story.lastMoment.slice(0, 10)).length);
    expect(counts["charged"]).toBeGreaterThan(0);
  }, 180_000);
});
