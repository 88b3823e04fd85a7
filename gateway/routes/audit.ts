import { auditReport } from "../../shared/contracts/invoicing";
import { ok } from "./replies";
import { route, type Resource } from "./route";

/** Whether the books are right. */
export const audit: Resource = {
  name: "audit",
  item: "audit",
  routes: [
    route({
      method: "get",
      path: "/api/audit/",
      auth: "staff",
      summary:
        "Check all books: periods billed once, numbers gapless, paid if and only if paid for, no event stuck",
      response: { 200: auditReport },
      handler: async ({ call }) => ok(await call("invoicing.auditBooks", {})),
    }),
  ],
};
