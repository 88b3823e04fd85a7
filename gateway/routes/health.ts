import type { ServiceBroker } from "moleculer";
import { z } from "zod";
import { contracts } from "../../shared/contracts";
import { checkReadiness } from "../../shared/process/operations/readiness";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const state = z.enum(["ok", "down"]);
const readiness = z.object({
  ready: z.boolean(),
  checks: z.object({
    postgres: state.optional(),
    nats: state.optional(),
    services: z.record(z.string(), state),
  }),
});

/** Whether each service can be called from this process. */
function serviceStates(broker: ServiceBroker): Record<string, "ok" | "down"> {
  const available = (name: string) => broker.registry.actions.isAvailable(`${name}.drain`);
  return Object.fromEntries(Object.keys(contracts).map((name) => [name, available(name) ? "ok" : "down"]));
}

/** Health checks for load balancers and orchestrators. */
export const health: Resource = {
  name: "health",
  description: "Checks for load balancers and orchestrators.",
  item: "page",
  routes: [
    route({
      method: "get",
      path: "/health",
      operation: "checkHealth",
      auth: "anyone",
      summary: "Check that the gateway runs",
      response: { 200: z.object({ status: z.literal("ok") }) },
      handler: () => ok({ status: "ok" }),
    }),
    route({
      method: "get",
      path: "/ready",
      operation: "checkReadiness",
      auth: "anyone",
      summary: "Check that the gateway, Postgres, NATS and all services are ready",
      response: { 200: readiness, 503: readiness },
      handler: async ({ broker }) => {
        const { ready, checks } = await checkReadiness(broker);
        const services = serviceStates(broker);
        const all = ready && Object.values(services).every((each) => each === "ok");
        return { status: all ? 200 : 503, body: { ready: all, checks: { ...checks, services } } };
      },
    }),
  ],
};
