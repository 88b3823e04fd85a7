import { ServiceBroker, type Service, type ServiceSchema } from "moleculer";
import brokerOptions from "../../moleculer.config";
import type { Config } from "../config/config";
import { contracts, type Producer } from "../contracts";
import { serviceFile } from "./create-broker";
import { registerMetrics } from "../service/metrics";
import { attachRuntime } from "../service/runtime";

/** Mixins are what begins things by itself, like the ticking of a timetable. */
class ObservingBroker extends ServiceBroker {
  override createService(schema: ServiceSchema): Service {
    return super.createService({ ...schema, mixins: [] });
  }
}

/**
 * Makes a broker whose services answer, and begin nothing by themselves: no workers, mails, ticks or sandbox.
 * It needs nobody else, and may stand beside a running system on the same database.
 */
export function createObserver(config: Config, databaseUrl: string): ServiceBroker {
  const options = brokerOptions({ ...config, natsUrl: undefined });
  const broker = new ObservingBroker({ ...options, nodeID: `observer-${process.pid}` });
  attachRuntime(broker, { config, databaseUrl, observes: true });
  registerMetrics(broker);
  for (const name of Object.keys(contracts) as Producer[]) broker.loadService(serviceFile(name));
  return broker;
}
