import { z } from "zod";
import type { Producer } from "../../../shared/contracts";
import { auditResult, type AuditResult } from "../../../shared/contracts/contract";

const results = z.array(auditResult.extend({ findings: z.int().nonnegative() })).max(200);

/**
 * The results of a service's audit of its own tables. It speaks for itself alone: otherwise one service could
 * hide what another has found.
 * @param answer as it came
 * @throws Error when these are no results, or those of another service
 */
export function ownResults(service: Producer, answer: unknown): AuditResult[] {
  const parsed = results.safeParse(answer);
  if (!parsed.success || parsed.data.some((result) => result.service !== service))
    throw new Error(`the audit of ${service} gave something else than its own results`);
  return parsed.data;
}
