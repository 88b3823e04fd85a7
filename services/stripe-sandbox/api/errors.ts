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
  /** `replayable`: the request was carried out, so its idempotency key gives the same answer again. */
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    readonly replayable: boolean,
  ) {
    super(body.message);
  }
}

/** 400 for a parameter that is missing, unknown or malformed; the idempotency key stays free. */
export function invalidParam(param: string, message: string, code?: string): ApiError {
  const body: ErrorBody = { type: "invalid_request_error", message, param };
  return new ApiError(400, code === undefined ? body : { ...body, code }, false);
}

/** 400 for a required parameter that is missing. */
export function missingParam(param: string): ApiError {
  return invalidParam(param, `Missing required param: ${param}.`, "parameter_missing");
}

/** 404 for an id that does not exist, with its kind ("payment_intent") and the parameter that held it. */
export function noSuch(kind: string, id: string, param = "id"): ApiError {
  const message = `No such ${kind}: '${id}'`;
  return new ApiError(
    404,
    { type: "invalid_request_error", code: "resource_missing", message, param },
    false,
  );
}

/** 400 for what the object's state does not allow. */
export function refused(code: string, message: string, extra: Partial<ErrorBody> = {}): ApiError {
  return new ApiError(400, { type: "invalid_request_error", code, message, ...extra }, true);
}

/** 401 without a valid key, 403 for what the key may not do. */
export function unauthorized(status: 401 | 403, message: string, code?: string): ApiError {
  const body: ErrorBody = { type: "invalid_request_error", message };
  return new ApiError(status, code === undefined ? body : { ...body, code }, false);
}

/** 402 for a card that is declined or invalid. */
export function cardError(decline: Decline, extra: Partial<ErrorBody> = {}): ApiError {
  const { code, declineCode, message, param } = decline;
  const body: ErrorBody = { type: "card_error", code, message, ...extra };
  if (declineCode !== undefined) body.decline_code = declineCode;
  if (param !== undefined) body.param = param;
  return new ApiError(402, body, true);
}
