import { API_VERSION } from "../api/version";
import type { SandboxOptions } from "../options";
import type { Store } from "../state/store";

const CONFIGURED_ENDPOINT = "we_configured";

/** Makes the webhook endpoint of the options, instead of that of an earlier start. */
export function configureEndpoint(store: Store, options: SandboxOptions, created: number): void {
  store.delete("webhook_endpoints", CONFIGURED_ENDPOINT);
  if (options.webhookUrl === undefined || options.webhookSecret === undefined) return;
  store.put("webhook_endpoints", {
    id: CONFIGURED_ENDPOINT,
    object: "webhook_endpoint",
    api_version: API_VERSION,
    application: null,
    created,
    description: "From the configuration",
    enabled_events: ["*"],
    livemode: false,
    metadata: {},
    secret: options.webhookSecret,
    status: "enabled",
    url: options.webhookUrl,
  });
}
