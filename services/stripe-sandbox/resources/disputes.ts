import type Stripe from "stripe";
import { z } from "zod";
import { type Call, type Route, findInPath } from "../api/call";
import { refused } from "../api/errors";
import { parseParams } from "../api/parse-params";
import { listByPayment, retrieveFrom, updateMetadataOf } from "./paid-objects";

/** Gives up a dispute: the cardholder keeps the money. */
function close(call: Call): Stripe.Dispute {
  parseParams(z.strictObject({}), call.params);
  const dispute = findInPath(call, "disputes");
  if (dispute.status === "lost") throw refused("dispute_closed", "This dispute is already closed.");
  dispute.status = "lost";
  call.emit("charge.dispute.closed", dispute);
  return dispute;
}

export const disputeRoutes: Route[] = [
  { method: "GET", path: "/v1/disputes", handler: listByPayment("disputes") },
  { method: "GET", path: "/v1/disputes/:id", handler: retrieveFrom("disputes") },
  { method: "POST", path: "/v1/disputes/:id", handler: updateMetadataOf("disputes") },
  { method: "POST", path: "/v1/disputes/:id/close", handler: close },
];
