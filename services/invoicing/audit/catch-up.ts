import type { Producer } from "../../../shared/contracts";
import { CATCH_UP_WITHIN_MS } from "../../../shared/service/audit/checks";
import type { ServiceEnv } from "../../../shared/service/service-env";

/**
 * Makes a comparison's `catchUp`. A feed that is stuck does not end the audit: it is a finding of its own,
 * and the facts that it holds back are findings too.
 */
export function catchUpWith({ catchUp, log }: ServiceEnv, producer: Producer): () => Promise<unknown> {
  return () =>
    catchUp(producer, CATCH_UP_WITHIN_MS).catch((error: unknown) => {
      log.warn({ err: error }, "audit: could not catch up");
    });
}
