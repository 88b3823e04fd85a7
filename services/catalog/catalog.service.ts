import { defineService } from "../../shared/service/define-service";
import { archivePlan } from "./actions/archive-plan";
import { createPlan } from "./actions/create-plan";
import { getPlan } from "./actions/get-plan";
import { listPlans } from "./actions/list-plans";
import { updatePlan } from "./actions/update-plan";
import { CATALOG_CHECKS } from "./queries/audit/checks";
import { addPredefinedPlans } from "./queries/add-predefined-plans";

export default defineService("catalog", {
  actions: { listPlans, getPlan, createPlan, updatePlan, archivePlan },
  audit: CATALOG_CHECKS,
  started: addPredefinedPlans,
});
