import { IDS_SHOWN } from "../../../shared/service/audit/checks";
import type { AuditResult } from "../../../shared/contracts/contract";

/** Collects the findings of several checks. */
export class Findings<Check extends string> {
  readonly #found: Map<Check, { says: string; findings: number; ids: string[] }>;

  /** @param says for each check, what holds when it finds nothing */
  constructor(says: Readonly<Record<Check, string>>) {
    const checks = Object.entries(says) as [Check, string][];
    this.#found = new Map(checks.map(([check, text]) => [check, { says: text, findings: 0, ids: [] }]));
  }

  add(check: Check, id: string): void {
    const found = this.#found.get(check);
    if (found === undefined) throw new Error(`there is no check ${check}`);
    found.findings += 1;
    if (found.ids.length < IDS_SHOWN) found.ids.push(id);
  }

  results(): AuditResult[] {
    return [...this.#found].map(([check, found]) => ({ service: "invoicing", check, ...found }));
  }
}
