import { cron } from "../../shared/contracts/cron";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const { getClock, moveClock } = cron.actions;

/** Moves business time, to try out in minutes what takes months. Tokens keep their real lifetime. */
export const testClock: Resource = {
  name: "test-clock",
  description: "Moves business time, to try out in minutes what takes months.",
  item: "clock",
  routes: [
    route({
      method: "get",
      path: "/api/test-clock/",
      operation: "getTestClock",
      auth: "staff",
      key: "admin",
      summary: "Get business time",
      response: { 200: getClock.result },
      handler: async ({ asGateway }) => ok(await asGateway("cron.getClock", {})),
    }),
    route({
      method: "post",
      path: "/api/test-clock/",
      operation: "moveTestClock",
      auth: "staff",
      key: "admin",
      idempotent: ["cron.moveClock"],
      summary: "Move the test clock forward",
      description:
        "Answers when everything that is due in between is done; 403 unless TEST_CLOCK=true is set.",
      body: moveClock.params,
      response: { 200: moveClock.result },
      handler: async ({ call, body }) => ok(await call("cron.moveClock", body)),
    }),
  ],
};
