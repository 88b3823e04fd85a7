import { Errors } from "moleculer";
import type { z } from "zod";

/** One thing wrong with an input; `field` is the path the sender used, like `end_date`. */
export interface FieldError {
  field: string;
  message: string;
}

/**
 * An error that the caller caused or can act on. Over the wire only `code` (the HTTP status), `type` and
 * `data` survive, so match on `type`, never on the class.
 */
export class BillingError extends Errors.MoleculerError {
  /**
   * @param code HTTP status
   * @param type stable name for programs, like `subscription.already_active`
   * @param detail sentence for people
   * @param errors the offending fields, where there are any
   * @param data what a program may need besides them, like `retry_after_s`
   */
  constructor(
    code: number,
    type: string,
    detail: string,
    errors?: FieldError[],
    data: Record<string, unknown> = {},
  ) {
    super(detail, code, type, errors === undefined ? data : { ...data, errors });
  }
}

/** 400 for one or more fields of the input. */
export function invalid(...errors: [FieldError, ...FieldError[]]): BillingError {
  return new BillingError(
    400,
    "request.invalid",
    errors.map(({ field, message }) => `${field}: ${message}`).join("; "),
    errors,
  );
}

/** 401: the caller is not known. */
export function unauthorized(type: string, detail: string): BillingError {
  return new BillingError(401, type, detail);
}

/** 403: known, and not allowed to do this to anyone's object. For another user's object answer `notFound`. */
export function forbidden(detail = "You are not allowed to do this."): BillingError {
  return new BillingError(403, "request.forbidden", detail);
}

/** 404, for what is not there as well as for what is another user's. */
export function notFound(what: string): BillingError {
  return new BillingError(404, `${what.replaceAll(" ", "_")}.not_found`, `No such ${what}.`);
}

/** 409, or the status that the interface promises for this one. */
export function conflict(type: string, detail: string, code = 409): BillingError {
  return new BillingError(code, type, detail);
}

/** 409 naming the field whose value another object has. @param type stable name, like `plan.name_taken` */
export function taken(type: string, { field, message }: FieldError): BillingError {
  return new BillingError(409, type, `${field}: ${message}`, [{ field, message }]);
}

/** 503: a part that this one needs is not available at the moment. */
export function unavailable(what: string): BillingError {
  return new BillingError(
    503,
    `${what}.unavailable`,
    `${what} is not available at the moment; try again shortly.`,
  );
}

const OVERLOADED = "service.overloaded";

/** 503: the queue for this work is full. @param retry_after_s seconds until another try makes sense */
export function overloaded(retry_after_s: number): BillingError {
  const detail = "There is too much to do at the moment. Try again in a few seconds.";
  return new BillingError(503, OVERLOADED, detail, undefined, { retry_after_s });
}

/** Whether an error is one of `overloaded`, also from another service. */
export function isOverloaded(error: unknown): boolean {
  return (error as { type?: unknown } | null)?.type === OVERLOADED;
}

/** An answer names at most so many fields: a request of 64 KB can have thousands that are wrong. */
const MAX_NAMED_FIELDS = 20;
const MAX_FIELD_LENGTH = 100;

/** The input error that a failed zod parse means; unknown fields are named each by itself, up to a limit. */
export function fromZodError(error: z.ZodError): BillingError {
  const errors = error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: shortened(path === "" ? key : `${path}.${key}`),
        message: "is not a known field",
      }));
    }
    return [{ field: path === "" ? "body" : shortened(path), message: issue.message }];
  });
  const [first = { field: "body", message: "is not valid" }, ...others] = errors;
  const more = errors.length - MAX_NAMED_FIELDS;
  if (more <= 0) return invalid(first, ...others);
  const rest = { field: "body", message: `has ${more} more fields that are wrong` };
  return invalid(first, ...others.slice(0, MAX_NAMED_FIELDS - 1), rest);
}

function shortened(field: string): string {
  return field.length <= MAX_FIELD_LENGTH ? field : `${field.slice(0, MAX_FIELD_LENGTH)}…`;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What `error.type` says, whether the error is ours, Moleculer's or unknown. */
export function errorType(error: unknown): string | undefined {
  return error instanceof Error && "type" in error && typeof error.type === "string" ? error.type : undefined;
}
