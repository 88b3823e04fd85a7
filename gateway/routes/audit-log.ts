import { z } from "zod";
import { auditEntry, auditFilters } from "../../shared/contracts/contract";
import { readAuditLog } from "../../shared/service/audit-log";
import { listQuery, page } from "./lists";
import { route, type Resource } from "./route";

const DEFAULT_LIMIT = 50;

/** Who has changed what, in all services. */
export const auditLog: Resource = {
  name: "audit-log",
  description: "Who has changed what: users, API keys and operators.",
  item: "audit entry",
  routes: [
    route({
      method: "get",
      path: "/api/audit-log/",
      operation: "listAuditLog",
      auth: "staff",
      key: "admin",
      summary: "List who has changed what",
      description:
        "The changes of all services, newest first. What a service does by itself, such as issuing " +
        "invoices on their day, is not in it.",
      query: listQuery(auditFilters),
      response: { 200: z.array(auditEntry) },
      handler: async (context) => {
        const { limit = DEFAULT_LIMIT, ...query } = context.query;
        return page(context, await readAuditLog(context.call, { ...query, limit }));
      },
    }),
  ],
};
