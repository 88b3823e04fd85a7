import { auditReport } from "../../shared/contracts/invoicing";
import { ok } from "./replies";
import { route, type Resource } from "./route";

/** The audit of all books. */
export const audit: Resource = {
  name: "audit",
  description: "The audit of the data of all services.",
  item: "audit",
  routes: [
    route({
      method: "get",
      path: "/api/audit/",
      operation: "auditBooks",
      auth: "staff",
      key: "admin",
      summary: "Audit the books of all services",
      description:
        "Checks, among others, that each period is billed once, that invoice numbers have no gaps, " +
        "that an invoice is paid exactly when there is a payment for it, and that no event is stuck.",
      response: { 200: auditReport },
      handler: async ({ call }) => ok(await call("invoicing.auditBooks", {})),
    }),
  ],
};
