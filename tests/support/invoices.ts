/** The amounts of an invoice of one line that nobody has paid, in minor units. */
export const unpaidAmounts = (amount_minor: number) => ({
  amount_minor,
  subtotal_minor: amount_minor,
  discount_minor: 0,
  tax_minor: 0,
  credited_minor: 0,
  paid_minor: 0,
  due_minor: amount_minor,
});

/** A line for one period's whole price, in minor units, as the contract shows it. */
export const wholeLine = (description: string, amount_minor: number) => ({
  item: "base",
  charge: null,
  description,
  period_start: "2026-01-01",
  period_end: "2026-02-01",
  quantity: 1,
  unit_amount_minor: amount_minor,
  discount_minor: 0,
  amount_minor,
});

/** The columns of an invoice that hold its lines, as a billing run writes them. */
export const storedLines = (amount_minor: number) => ({
  subtotal_minor: amount_minor,
  lines: JSON.stringify([
    {
      item: "base",
      description: "Test",
      quantity: 1,
      unit_amount_minor: amount_minor,
      amount_minor,
      price_from: "2026-01-01T00:00:00Z",
    },
  ]),
});

/** `unpaidAmounts` as REST shows them. */
export const shownAmounts = (amount: string) => ({
  amount,
  subtotal: amount,
  discount: "0.00",
  tax: "0.00",
  credited: "0.00",
  paid: "0.00",
  due: amount,
});

/** `wholeLine` as REST shows it. */
export const shownLine = (description: string, amount: string) => ({
  item: "base",
  charge: null,
  description,
  period_start: "2026-01-01",
  period_end: "2026-02-01",
  quantity: 1,
  unit_amount: amount,
  discount: "0.00",
  amount,
});
