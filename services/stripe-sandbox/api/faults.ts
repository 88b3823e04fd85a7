/**
 * What can go wrong between a server and Stripe:
 * - `error_500`: the answer is 500, nothing is done
 * - `die_before_acting`: the connection breaks, nothing is done
 * - `die_after_acting`: the request is carried out, and the connection breaks before the answer
 * - `hold`: the request waits until it is released; its idempotency key is in use
 */
export type Fault = "error_500" | "die_before_acting" | "die_after_acting" | "hold";

export interface FaultTarget {
  method?: "GET" | "POST" | "DELETE";
  /** Start of the path: "/v1/refunds". */
  path?: string;
  /** How many requests fail; the default is one. */
  times?: number;
}

export interface PlannedFault {
  /** Resolves when the first request has met the fault. */
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

export interface MetFault {
  kind: Fault;
  released: Promise<void>;
}

/** The faults that tests plan for the next API calls. */
export class Faults {
  #plans: Plan[] = [];

  /** Plans a fault for the next matching API calls; calls without a valid key do not count. */
  next(fault: Fault, target: FaultTarget = {}): PlannedFault {
    let onHit: () => void = () => undefined;
    let release: () => void = () => undefined;
    const hit = new Promise<void>((resolve) => (onHit = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const plan: Plan = { fault, target, left: target.times ?? 1, onHit, released };
    this.#plans.push(plan);
    return {
      hit,
      release: () => {
        plan.left = 0;
        release();
      },
    };
  }

  /** The fault of this request, or null. */
  meet(method: string, path: string): MetFault | null {
    this.#plans = this.#plans.filter((plan) => plan.left > 0);
    const plan = this.#plans.find(
      ({ target }) => (target.method ?? method) === method && path.startsWith(target.path ?? "/"),
    );
    if (!plan) return null;
    plan.left -= 1;
    plan.onHit();
    return { kind: plan.fault, released: plan.released };
  }
}
