import { BillingError } from "../../shared/errors";

/** @throws BillingError 403 naming the fields that are given and for staff */
export function refuseStaffFields<Field extends string>(
  given: Partial<Record<Field, unknown>>,
  staffFields: readonly Field[],
): void {
  const errors = staffFields
    .filter((field) => given[field] !== undefined)
    .map((field) => ({ field, message: "can only be changed by staff" }));
  if (errors.length === 0) return;
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new BillingError(403, "request.forbidden", detail, errors);
}
