import { defineService } from "../../shared/broker/define-service";
import { createSubscription } from "./actions/create-subscription";
import { getSubscription } from "./actions/get-subscription";
import { listSubscriptions } from "./actions/list-subscriptions";
import { unsubscribe } from "./actions/unsubscribe";
import { onDayStarted } from "./consumers/on-day-started";

export default defineService("subscriptions", {
  actions: { listSubscriptions, getSubscription, createSubscription, unsubscribe },
  consumers: [onDayStarted],
});
