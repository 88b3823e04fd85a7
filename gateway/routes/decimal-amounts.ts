import { z } from "zod";
import { errorType, invalid } from "../../shared/errors";
import { decimalAmountString, formatAmount } from "../../shared/money";

/** The amounts of an object: REST's name for each, and the contract's, which holds minor units. */
type AmountNames<Fields> = Readonly<Record<string, keyof Fields & `${string}_minor`>>;

type DecimalShape<Shape extends z.ZodRawShape, Names extends AmountNames<Shape>> = Omit<
  Shape,
  Names[keyof Names]
> & {
  [Name in keyof Names]: Shape[Names[Name]] extends z.ZodNullable ? z.ZodNullable<z.ZodString> : z.ZodString;
};

type Decimals<Row, Names extends AmountNames<Row>> = Omit<Row, Names[keyof Names]> & {
  [Name in keyof Names]: null extends Row[Names[Name]] ? string | null : string;
};

const signedAmountString = z
  .string()
  .meta({ description: "Amount as a decimal string; a minus comes first when it is negative" });

/** The schema of an object as REST shows it: decimal strings in place of minor units. */
export function decimalView<Shape extends z.ZodRawShape, const Names extends AmountNames<Shape>>(
  { shape }: z.ZodObject<Shape>,
  names: Names,
) {
  const amounts = Object.entries(names).map(([name, field]) => [name, decimalOf(shape[field])]);
  const hidden: string[] = Object.values(names);
  const others = Object.entries(shape).filter(([field]) => !hidden.includes(field));
  return z.object(Object.fromEntries([...others, ...amounts]) as DecimalShape<Shape, Names>);
}

function decimalOf(minor: unknown): z.ZodType {
  if (minor instanceof z.ZodNullable) return decimalOf(minor.unwrap()).nullable();
  const isSigned = minor instanceof z.ZodNumber && (minor.minValue ?? 0) < 0;
  return isSigned ? signedAmountString : decimalAmountString;
}

/**
 * An object as REST shows it: decimal strings in place of minor units.
 * @param names as for `decimalView`
 * @param currency of the amounts; by default the object's own
 */
export function showDecimals<Row extends Record<string, unknown>, const Names extends AmountNames<Row>>(
  row: Row,
  names: Names,
  ...[currency]: Row extends { currency: string } ? [currency?: string] : [currency: string]
): Decimals<Row, Names> {
  const code = currency ?? String(row["currency"]);
  const amounts = Object.entries(names).map(([name, field]) => {
    const amount = row[field];
    return [name, amount === null ? null : formatAmount(Number(amount), code)];
  });
  const hidden: string[] = Object.values(names);
  const others = Object.entries(row).filter(([field]) => !hidden.includes(field));
  return Object.fromEntries([...others, ...amounts]) as Decimals<Row, Names>;
}

const refusedFields = z.object({
  errors: z.array(z.object({ field: z.string(), message: z.string() })).min(1),
});

/**
 * Waits for a call that was given amounts. An error that names one of them names it as REST does.
 * @param names as for `decimalView`
 */
export async function namedAsSent<T>(names: Readonly<Record<string, string>>, call: Promise<T>): Promise<T> {
  const sent = new Map(Object.entries(names).map(([name, field]) => [field, name]));
  try {
    return await call;
  } catch (error) {
    const refused =
      error instanceof Error && "data" in error ? refusedFields.safeParse(error.data) : undefined;
    if (errorType(error) !== "request.invalid" || !refused?.success) throw error;
    const [first, ...others] = refused.data.errors.map(({ field, message }) => ({
      field: sent.get(field) ?? field,
      message,
    }));
    throw first === undefined ? error : invalid(first, ...others);
  }
}
