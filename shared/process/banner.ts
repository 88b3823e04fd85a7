import type { Config } from "../config/config";

/**
 * What is printed when the system is open for business.
 * @param metricsPort where the metrics are, undefined for nowhere
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
