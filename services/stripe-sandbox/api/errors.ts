import type Stripe from "stripe";
import type { Decline } from "../domain/test-cards";

/** The body of every answer that is not 2xx, below `error`. https://docs.stripe.com/api/errors */
export interface ErrorBody {
  type: "api_error" | "card_error" | "idempotency_error" | "invalid_request_error";
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: Stripe.PaymentIntent;
  setup_intent?: Stripe.SetupIntent;
  payment_method?: Stripe.PaymentMethod;
}

export class ApiError extends Error {
  /** `replayable`: the endpoint had begun its work, so that an idempotency key answers the same again. */
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    readonly replayable: boolean,
  ) {
    super(body.message);
  }
}

/** A parameter is missing, unknown or malformed: 400, and the idempotency key stays free. */
export function invalidParam(param: string, message: string, code?: string): ApiError {
  const body: ErrorBody = { type: "invalid_request_error", message, param };
  return new ApiError(400, code === undefined ? body : { ...body, code }, false);
}

/** A parameter that had to be there. */
export function missingParam(param: string): ApiError {
  return invalidParam(param, `Missing required param: ${param}.`, "parameter_missing");
}

/**
 * 404 for an id that does not exist, named by its kind ("payment_intent") and by the parameter that held it.
 */
export function noSuch(kind: string, id: string, param = "id"): ApiError {
  const message = `No such ${kind}: '${id}'`;
  return new ApiError(
    404,
    { type: "invalid_request_error", code: "resource_missing", message, param },
    false,
  );
}

/** 400 for a request that the object's present state does not allow. */
export function refused(code: string, message: string, extra: Partial<ErrorBody> = {}): ApiError {
  return new ApiError(400, { type: "invalid_request_error", code, message, ...extra }, true);
}

/** 401 or 403: who calls, or what that caller may do. */
export function unauthorized(status: 401 | 403, message: string, code?: string): ApiError {
  const body: ErrorBody = { type: "invalid_request_error", message };
  return new ApiError(status, code === undefined ? body : { ...body, code }, false);
}

/** 402 for a card that the bank declines, or that cannot be right. */
export function cardError(decline: Decline, extra: Partial<ErrorBody> = {}): ApiError {
  const { code, declineCode, message, param } = decline;
  const body: ErrorBody = { type: "card_error", code, message, ...extra };
  if (declineCode !== undefined) body.decline_code = declineCode;
  if (param !== undefined) body.param = param;
  return new ApiError(402, body, true);
}
