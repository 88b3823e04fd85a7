/** The amounts of an invoice: REST's names for them, and the contract's. */
export const INVOICE_AMOUNTS = {
  amount: "amount_minor",
  subtotal: "subtotal_minor",
  discount: "discount_minor",
  tax: "tax_minor",
  credited: "credited_minor",
  paid: "paid_minor",
  due: "due_minor",
  refunded: "refunded_minor",
} as const;

/** The same of one of its lines. */
export const LINE_AMOUNTS = {
  unit_amount: "unit_amount_minor",
  discount: "discount_minor",
  amount: "amount_minor",
} as const;
