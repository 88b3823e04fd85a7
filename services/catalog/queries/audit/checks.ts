import type { AuditCheck } from "../../../../shared/service/audit/checks";
import { ALWAYS } from "../../../../shared/time";

/** The checks of the catalog. */
export const CATALOG_CHECKS: AuditCheck[] = [
  {
    check: "plans_priced",
    says: "every plan and component has a price in force from 1970, so every period has one",
    sql: `SELECT id FROM plans
          WHERE NOT EXISTS (
            SELECT FROM plan_prices
            WHERE plan_id = plans.id AND item = 'base' AND effective_from <= '${ALWAYS}'
          )
          UNION
          SELECT plan_id FROM plan_components AS part
          WHERE NOT EXISTS (
            SELECT FROM plan_prices AS price
            WHERE price.plan_id = part.plan_id AND price.item = part.item AND effective_from <= '${ALWAYS}'
          )`,
  },
];
