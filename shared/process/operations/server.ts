import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { BillingBroker } from "../../service/broker";
import { collectDefaultMetrics, Registry } from "prom-client";
import { moleculerText } from "./moleculer-metrics";
import { checkReadiness } from "./readiness";

/**
 * Answers operators over HTTP from the start of a process: that it is alive (`/health`), whether it can work
 * now, and if not, what it waits for (`/ready`), and its metrics: ours and Node's (`/metrics`), or those and
 * Moleculer's (`/metrics?moleculer`).
 */
export class OperationsServer {
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #node = new Registry();
  #broker: BillingBroker | undefined;
  #waitingFor = "start";

  /**
   * @param port 0 for any free one
   * @throws the system's error when the port is not free
   */
  async listen({ port, host }: { port: number; host: string }): Promise<void> {
    collectDefaultMetrics({ register: this.#node });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, resolve);
    });
  }

  /** The port it listens on, undefined while it does not. */
  get port(): number | undefined {
    return (this.#server.address() as AddressInfo | null)?.port;
  }

  /** What `/ready` names until there is a broker. */
  set waitingFor(what: string) {
    this.#waitingFor = what;
  }

  /** The broker whose readiness and metrics it shows. */
  set broker(broker: BillingBroker) {
    this.#broker = broker;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer({ url, method }: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (method !== "GET" && method !== "HEAD")
        return sendJson(response, 405, { status: "only GET is answered" });
      if (url === "/health") return sendJson(response, 200, { status: "ok" });
      if (url === "/ready") return await this.#sendReadiness(response);
      if (url === "/metrics") return await this.#sendMetrics(response, "ours");
      if (/^\/metrics\?moleculer=?$/.test(url ?? "")) return await this.#sendMetrics(response, "moleculer");
      return sendJson(response, 404, { status: "there are /health, /ready and /metrics" });
    } catch {
      sendJson(response, 500, { status: "failed" });
    }
  }

  async #sendReadiness(response: ServerResponse): Promise<void> {
    if (this.#broker === undefined)
      return sendJson(response, 503, { ready: false, waiting_for: this.#waitingFor });
    const readiness = await checkReadiness(this.#broker);
    sendJson(response, readiness.ready ? 200 : 503, readiness);
  }

  async #sendMetrics(response: ServerResponse, which: "ours" | "moleculer"): Promise<void> {
    const broker = this.#broker;
    const ours = broker === undefined ? [] : [await broker.runtime.metrics.registry.metrics()];
    const more = broker === undefined || which === "ours" ? [] : [moleculerText(broker.metrics)];
    const text = [...ours, await this.#node.metrics(), ...more].join("\n");
    response.writeHead(200, { "content-type": Registry.PROMETHEUS_CONTENT_TYPE }).end(text);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
