import type { AuditCheck } from "../../../../shared/service/audit/checks";
import { ALWAYS } from "../../../../shared/time";

/** The checks of the catalog. */
export const CATALOG_CHECKS: AuditCheck[] = [
  {
    check: "plans_priced",
    says: "every plan has a price in force from 1970, so every period has one",
    sql: `SELECT id FROM plans
          WHERE NOT EXISTS (
            SELECT FROM plan_prices
            WHERE plan_id = plans.id AND effective_from <= '${ALWAYS}'
          )`,
  },
];
