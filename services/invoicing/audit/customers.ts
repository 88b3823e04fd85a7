import type { AuditResult } from "../../../shared/contracts/contract";
import type { BilledCustomer } from "../../../shared/contracts/customers";
import { compareFacts } from "../../../shared/service/audit/compare";
import type { ServiceEnv } from "../../../shared/service/service-env";
import { CUSTOMERS } from "../queries/audit/copies";
import { catchUpWith } from "./catch-up";
import { Findings } from "./findings";

const CHECKS = {
  customers_are_known: "billing knows every customer, with or without a user, by the same name and address",
  billed_are_customers: "everybody whom billing knows is a customer",
};

/** Compares our copy of customers with identity. @returns a result for every check */
export async function auditCustomers(env: ServiceEnv): Promise<AuditResult[]> {
  const { db, call } = env;
  const findings = new Findings(CHECKS);
  const differences = compareFacts<BilledCustomer, BilledCustomer>({
    originals: {
      digest: () => call("identity.digestBilledCustomers", {}),
      list: (selection) => call("identity.listBilledCustomers", selection),
    },
    db,
    facts: CUSTOMERS,
    catchUp: catchUpWith(env, "identity"),
  });
  for await (const { id, original } of differences)
    findings.add(original === undefined ? "billed_are_customers" : "customers_are_known", id);
  return findings.results();
}
