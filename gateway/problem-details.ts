import { STATUS_CODES } from "node:http";
import { z } from "zod";

/** The body of every error (RFC 9457). */
export const problem = z
  .object({
    type: z
      .string()
      .meta({ description: "The name of the error, for programs: subscription.already_active" }),
    title: z.string().meta({ description: "The name of the HTTP status" }),
    status: z.int(),
    detail: z.string().meta({ description: "What went wrong, for people" }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: "Each field of the request that is wrong" }),
    request_id: z
      .string()
      .meta({ description: "The id of this request in the logs; also in the X-Request-Id header" }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

/** An error as an HTTP answer. */
export interface ProblemAnswer {
  status: number;
  body: Problem;
  headers: Record<string, string>;
}

/** Moleculer's error types for a service that is not available, slow or overloaded. */
const UNAVAILABLE_TYPES = new Set([
  "SERVICE_NOT_FOUND",
  "SERVICE_NOT_AVAILABLE",
  "REQUEST_TIMEOUT",
  "REQUEST_SKIPPED",
  "REQUEST_REJECTED",
  "QUEUE_FULL",
  "BAD_GATEWAY",
]);
/** Our own types have a dot, such as `plan.not_found`; the types of libraries have none. */
const OWN_TYPE = /^[a-z][\w-]*(\.[\w-]+)+$/;
const UNAVAILABLE = "The service is not available at the moment. Try again in a few seconds.";
const RETRY_AFTER_S = 2;
/** The errors of a request that came with an invalid access token or API key (RFC 6750). */
const BAD_TOKEN = new Set(["token.invalid", "token.expired", "key.invalid", "key.revoked", "key.expired"]);

/** An error as it arrives over NATS, where classes are lost. */
const wireError = z.object({
  message: z.string(),
  code: z.unknown().optional(),
  status: z.unknown().optional(),
  type: z.unknown().optional(),
  data: z.unknown().optional(),
});
const errorData = z.object({
  errors: z
    .array(z.object({ field: z.string(), message: z.string() }))
    .optional()
    .catch(undefined),
  retry_after_s: z.number().positive().optional().catch(undefined),
});

/**
 * Turns anything that was thrown into an HTTP answer. Our own errors below 500 keep their text, a service
 * that is not available is a 503, and anything else is a 500 that shows nothing but the request id.
 */
export function toProblem(error: unknown, requestId: string): ProblemAnswer {
  const {
    code,
    status: httpStatus,
    type,
    message,
    data,
  } = wireError.safeParse(error).data ?? { message: "" };
  const { errors, retry_after_s } = errorData.safeParse(data).data ?? {};
  const answer = (status: number, name: string, detail: string): ProblemAnswer => ({
    status,
    body: {
      type: name,
      title: STATUS_CODES[status] ?? "Error",
      status,
      detail,
      ...(errors === undefined || status >= 500 ? {} : { errors }),
      request_id: requestId,
    },
    headers: {
      ...(retry_after_s === undefined ? {} : { "retry-after": String(Math.ceil(retry_after_s)) }),
      ...(status === 401 ? { "www-authenticate": challenge(name) } : {}),
    },
  });

  if (code === 503 || (typeof type === "string" && UNAVAILABLE_TYPES.has(type))) {
    const unavailable = answer(503, "service.unavailable", UNAVAILABLE);
    return { ...unavailable, headers: { "retry-after": String(RETRY_AFTER_S), ...unavailable.headers } };
  }
  if (isClientError(code) && typeof type === "string" && OWN_TYPE.test(type))
    return answer(code, type, message);
  // Errors of Koa and its router carry `status`, such as 400 for a path that cannot be decoded.
  if (isClientError(httpStatus))
    return answer(httpStatus, "request.invalid", STATUS_CODES[httpStatus] ?? message);
  return answer(
    500,
    "server.error",
    `Something went wrong on our side. Please report this request id: ${requestId}`,
  );
}

function challenge(type: string): string {
  return BAD_TOKEN.has(type) ? 'Bearer error="invalid_token"' : "Bearer";
}

function isClientError(status: unknown): status is number {
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500;
}
