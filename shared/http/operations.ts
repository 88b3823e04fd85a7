import type { IncomingMessage, ServerResponse } from "node:http";
import { MetricReporters, type MetricRegistry } from "moleculer";
import { runtimeOf } from "../broker/runtime";
import { checkReadiness } from "./readiness";

interface OperationsOptions {
  port: number;
  host: string;
}

/**
 * Moleculer's Prometheus reporter, answering on the same port whether the process lives (`/health`) and whether it could do its
 * work right now (`/ready`): every process has it, the gateway's shows its own on the public port as well.
 */
export class OperationsReporter extends MetricReporters.Prometheus {
  constructor(options: OperationsOptions) {
    super({ ...options, path: "/metrics" });
  }

  override init(registry: MetricRegistry): void {
    super.init(registry);
    const { broker } = registry;
    this.server.on("error", (error: Error) => broker.fatal(`metrics: ${error.message}`, error));
  }

  override handler(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === "/health") return answer(response, 200, { status: "ok" });
    if (request.url !== "/ready") return super.handler(request, response);
    const { broker } = this.registry;
    checkReadiness(broker, runtimeOf(broker)).then(
      (readiness) => answer(response, readiness.ready ? 200 : 503, readiness),
      () => answer(response, 503, { ready: false }),
    );
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
