import type { ActionHandler, ActionSchema } from "moleculer";
import type { ActionContract } from "../contracts/contract";

/** An action as Moleculer takes it: params and access are checked by the contract middleware. */
export function actionSchema<This>(
  { timeout_ms }: ActionContract,
  handler: ActionHandler<This>,
): ActionSchema<This> {
  return { handler, ...(timeout_ms === undefined ? {} : { timeout: timeout_ms }) };
}
