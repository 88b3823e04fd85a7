import { setAuditFindings } from "../../../shared/service/metrics";
import type { ActionHandler, ServiceEnv } from "../../../shared/service/service-env";
import { PRODUCERS } from "../../../shared/contracts";
import type { AuditResult } from "../../../shared/contracts/contract";
import { ownResults } from "../audit/own-results";
import { auditCustomers } from "../audit/customers";
import { auditPayments } from "../audit/payments";
import { auditSubscriptions } from "../audit/subscriptions";

/**
 * Audits all services: each checks its own tables, then ours are compared with those of identity,
 * subscriptions and payments. They run one after the other, so that an audit leaves room for paying
 * customers.
 * @throws BillingError 503, or Moleculer's own error, while a service is not available: half an audit would
 *   look clean
 */
export const auditBooks: ActionHandler<"invoicing.auditBooks"> = async (env) => {
  const began = process.hrtime.bigint();
  const checks: AuditResult[] = [await compareWithStripe(env)];
  for (const service of PRODUCERS) {
    checks.push(...ownResults(service, await env.call(`${service}.audit`, {})));
  }
  for (const compare of [auditCustomers, auditSubscriptions, auditPayments])
    checks.push(...(await compare(env)));
  for (const { service, check, findings } of checks) setAuditFindings(env.broker, service, check, findings);
  const findings = checks.reduce((sum, check) => sum + check.findings, 0);
  return {
    clean: findings === 0,
    findings,
    took_ms: Number((process.hrtime.bigint() - began) / 1_000_000n),
    checks,
  };
};

/** Has payments look for successes at Stripe that the books lack; payments' own audit names them. */
async function compareWithStripe({ call, log }: ServiceEnv): Promise<AuditResult> {
  const unread = await call("payments.reconcile", {}).then(
    () => 0,
    (error: unknown) => {
      log.warn({ err: error }, "audit: could not compare the payments with Stripe");
      return 1;
    },
  );
  return {
    service: "payments",
    check: "stripe_compared",
    says: "the payments were compared with the intents at Stripe",
    findings: unread,
    ids: [],
  };
}
