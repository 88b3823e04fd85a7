import { STATUS_CODES } from "node:http";
import { z } from "zod";

/** An error as RFC 9457 has it. `type` is for programs, `detail` for people. */
export const problem = z
  .object({
    type: z.string().meta({ description: "stable name, like subscription.already_active" }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    request_id: z.string().meta({ description: "what the log knows this request by" }),
  })
  .meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;

/** What becomes of an error on its way out. */
export interface ProblemAnswer {
  status: number;
  body: Problem;
  headers: Record<string, string>;
}

/** What Moleculer says when whoever should answer is away, slow or overwhelmed. */
const AWAY = new Set([
  "SERVICE_NOT_FOUND",
  "SERVICE_NOT_AVAILABLE",
  "REQUEST_TIMEOUT",
  "REQUEST_SKIPPED",
  "REQUEST_REJECTED",
  "QUEUE_FULL",
  "BAD_GATEWAY",
]);
/** Our own types have dots, like `plan.not_found`, which no type of a library has. */
const OWN_TYPE = /^[a-z][\w-]*(\.[\w-]+)+$/;
const UNAVAILABLE = "A part of the system is not available at the moment; try again shortly.";
const RETRY_AFTER_S = 2;
/** Where an access token was sent and is no good (RFC 6750). */
const BAD_TOKEN = new Set(["token.invalid", "token.expired"]);

/** An error as it comes over the wire: a class survives only within a process. */
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
 * Turns whatever was thrown into an answer. Our own errors below 500 are told as they are; a part that is
 * away is a 503; of anything else only the request id is told.
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

  if (code === 503 || (typeof type === "string" && AWAY.has(type))) {
    const away = answer(503, "service.unavailable", UNAVAILABLE);
    return { ...away, headers: { "retry-after": String(RETRY_AFTER_S), ...away.headers } };
  }
  if (isClientError(code) && typeof type === "string" && OWN_TYPE.test(type))
    return answer(code, type, message);
  // Koa and the router say with `status` what is wrong with a request, like a path that cannot be decoded.
  if (isClientError(httpStatus))
    return answer(httpStatus, "request.invalid", STATUS_CODES[httpStatus] ?? message);
  return answer(
    500,
    "server.error",
    `Something went wrong on our side. Tell us this request id: ${requestId}`,
  );
}

function challenge(type: string): string {
  return BAD_TOKEN.has(type) ? 'Bearer error="invalid_token"' : "Bearer";
}

function isClientError(status: unknown): status is number {
  return typeof status === "number" && Number.isInteger(status) && status >= 400 && status < 500;
}
