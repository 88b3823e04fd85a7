import { z } from "zod";
import { fieldsOf, view } from "../../shared/contracts/fields";
import { insertSelect, selectList } from "../../shared/db/columns";
import { payloadSql } from "../../shared/events/payload-sql";

const lamp = z.object({ id: z.string(), watts: z.int().nullable() });

describe("the fields of a contract", () => {
  test("are the columns to read, in its order", () => {
    expect(fieldsOf(lamp)).toEqual(["id", "watts"]);
  });

  test("are all that it shows of a row", () => {
    const row = { id: "a", watts: null, cost_minor: 499 };
    expect(view(lamp, row)).toEqual({ id: "a", watts: null });
  });

  test("may be given beside the row, and none may be missing", () => {
    const row = { id: "a", watts: "40" };
    expect(view(lamp, row, { watts: 40 })).toEqual({ id: "a", watts: 40 });
    // @ts-expect-error: a field that neither the row nor the caller gives
    expect(view(lamp, { id: "a" })).toEqual({ id: "a" });
    // @ts-expect-error: a field of another type
    expect(view(lamp, row)).toBeDefined();
    // @ts-expect-error: given in another type
    expect(view(lamp, { id: "a" }, { watts: "40" })).toBeDefined();
  });
});

describe("lists of columns in SQL", () => {
  test("are read for a contract, with expressions for the fields that are not columns", () => {
    expect(selectList(lamp)).toBe("id, watts");
    expect(selectList(lamp, { watts: "volts * amperes" })).toBe("id, volts * amperes AS watts");
  });

  test("are written with what each column gets", () => {
    expect(insertSelect("lamps", { id: "gen_random_uuid()", watts: "40" })).toBe(
      "INSERT INTO lamps (id, watts) SELECT gen_random_uuid(), 40",
    );
  });
});

describe("an event's payload in SQL", () => {
  test("has every field of the contract, from the column of its name", () => {
    const sql = payloadSql("invoice.overdue", "late");
    expect(sql).toContain("'due_date', late.due_date");
    expect(sql).toContain("'customer', late.customer_id");
  });

  test("takes an expression where there is no such column", () => {
    expect(payloadSql("billing.invoices_due", "tick", { as_of: "current_date" })).toBe(
      "jsonb_build_object('as_of', current_date)",
    );
  });

  test("cannot be told for an event that no contract declares", () => {
    expect(() => payloadSql("invoice.printed" as never, "printed")).toThrow(
      "no contract declares the event invoice.printed",
    );
  });
});
