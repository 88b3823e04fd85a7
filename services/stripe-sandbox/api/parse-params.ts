import type { z } from "zod";
import { type ApiError, invalidParam, missingParam } from "./errors";
import type { FormObject } from "./form";

function nameOf(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path.map(String);
  return `${first ?? ""}${rest.map((segment) => `[${segment}]`).join("")}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );
}

function toApiError(issue: z.core.$ZodIssue, input: FormObject): ApiError {
  if (issue.code === "unrecognized_keys") {
    const param = nameOf([...issue.path, issue.keys[0] ?? ""]);
    const hint = param === "payment_method_types" ? " Did you mean allowed_payment_method_types?" : "";
    return invalidParam(param, `Received unknown parameter: ${param}.${hint}`, "parameter_unknown");
  }
  const param = nameOf(issue.path);
  if (valueAt(input, issue.path) === undefined) return missingParam(param);
  if (issue.code === "custom") {
    const code: unknown = issue.params?.["code"];
    return invalidParam(param, issue.message, typeof code === "string" ? code : undefined);
  }
  return invalidParam(param, `Invalid ${param}: ${issue.message}`);
}

/**
 * Reads a call's parameters.
 * @throws ApiError 400 with `param` and one of Stripe's codes, also for an unknown parameter
 */
export function parseParams<Schema extends z.ZodType>(schema: Schema, input: FormObject): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw issue ? toApiError(issue, input) : invalidParam("", "Invalid request.");
}
