/**
 * What can go wrong between a server and Stripe:
 * - `error_500`: an answer of 500, nothing done
 * - `die_before_acting`: the connection breaks, nothing done
 * - `die_after_acting`: it is done, and the connection breaks before the answer
 * - `hold`: the request waits, its idempotency key taken, until it is released
 */
export type Fault = "error_500" | "die_before_acting" | "die_after_acting" | "hold";

export interface FaultTarget {
  method?: "GET" | "POST" | "DELETE";
  /** Start of the path: "/v1/refunds". */
  path?: string;
  /** How many requests it hits; the default is one. */
  times?: number;
}

export interface PlannedFault {
  /** Resolves when the first request was hit. */
  hit: Promise<void>;
  /** Lets held requests go on, and ends the fault. */
  release(): void;
}

interface Plan {
  fault: Fault;
  target: FaultTarget;
  left: number;
  onHit: () => void;
  released: Promise<void>;
}

export interface Strike {
  fault: Fault;
  released: Promise<void>;
}

/** Failures that tests order for API calls to come. */
export class Faults {
  private plans: Plan[] = [];

  /** Makes the next matching API call (after authentication) go wrong. */
  next(fault: Fault, target: FaultTarget = {}): PlannedFault {
    let onHit: () => void = () => undefined;
    let release: () => void = () => undefined;
    const hit = new Promise<void>((resolve) => (onHit = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const plan: Plan = { fault, target, left: target.times ?? 1, onHit, released };
    this.plans.push(plan);
    return {
      hit,
      release: () => {
        plan.left = 0;
        release();
      },
    };
  }

  /** What this request must suffer, or null. */
  strike(method: string, path: string): Strike | null {
    this.plans = this.plans.filter((plan) => plan.left > 0);
    const plan = this.plans.find(
      ({ target }) => (target.method ?? method) === method && path.startsWith(target.path ?? "/"),
    );
    if (!plan) return null;
    plan.left -= 1;
    plan.onHit();
    return { fault: plan.fault, released: plan.released };
  }
}
