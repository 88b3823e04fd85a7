import { z } from "zod";
import { type Call, type Route, find, findInPath } from "../api/call";
import { assertClientSecret } from "../api/client-secret";
import { text } from "../api/params";
import { parseParams } from "../api/parse-params";
import { finishAuthentication } from "../engine/payments";
import { finishSetupAuthentication } from "../engine/setups";

const schema = z.strictObject({ client_secret: text, outcome: z.enum(["complete", "fail"]) });

/** Takes the customer's answer from the 3D Secure dialog. Not part of Stripe's API. */
function answer(call: Call): object {
  const { client_secret, outcome } = parseParams(schema, call.params);
  const id = call.path["id"] ?? "";
  if (id.startsWith("seti_")) {
    const intent = find(call, "setup_intents", id);
    assertClientSecret(call, intent, client_secret);
    finishSetupAuthentication(call, intent, outcome === "complete");
    return intent;
  }
  const intent = findInPath(call, "payment_intents");
  assertClientSecret(call, intent, client_secret);
  finishAuthentication(call, intent, outcome === "complete");
  return intent;
}

export const challengeRoutes: Route[] = [
  { method: "POST", path: "/sandbox/challenges/:id", handler: answer, publishable: true },
];
