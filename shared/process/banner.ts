import type { Config } from "../config/config";

/**
 * What a start prints when the system is ready.
 * @param metricsPort of /metrics, undefined without them
 * @param announcements further lines, like the first staff account
 */
export function banner(
  config: Config,
  metricsPort: number | undefined,
  announcements: readonly string[],
): string {
  const lines = [
    `API            ${config.publicUrl}/api`,
    `API docs       ${config.publicUrl}/api/docs`,
    `Payment page   ${config.publicUrl}/api/pay/`,
    ...(metricsPort === undefined ? [] : [`Metrics        http://${config.host}:${metricsPort}/metrics`]),
    ...announcements,
  ];
  return `\nReady.\n\n${lines.map((line) => `  ${line}`).join("\n")}\n\n`;
}
