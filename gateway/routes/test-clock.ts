import { cron } from "../../shared/contracts/cron";
import { ok } from "./replies";
import { route, type Resource } from "./route";

const { getClock, moveClock } = cron.actions;

/** Business time, for trying out in minutes what takes months. Token lifetimes stay as they are. */
export const testClock: Resource = {
  name: "test-clock",
  item: "clock",
  routes: [
    route({
      method: "get",
      path: "/api/test-clock/",
      auth: "staff",
      summary: "Read the clock",
      response: { 200: getClock.result },
      handler: async ({ asSystem }) => ok(await asSystem("cron.getClock", {})),
    }),
    route({
      method: "post",
      path: "/api/test-clock/",
      auth: "staff",
      summary: "Move the clock forward; answers when all that falls in between is done",
      body: moveClock.params,
      response: { 200: moveClock.result },
      handler: async ({ call, body }) => ok(await call("cron.moveClock", body)),
    }),
  ],
};
