import type { Config } from "../config/config";

/**
 * What is printed when the system is open for business.
 * @param announcements further lines, like the first staff account
 */
export function banner(config: Config, announcements: readonly string[]): string {
  const lines = [
    `API            ${config.publicUrl}/api`,
    `API docs       ${config.publicUrl}/api/docs`,
    `Payment page   ${config.publicUrl}/api/pay/`,
    ...(config.metricsPort === undefined ? [] : [`Metrics        http://${config.host}:${config.metricsPort}/metrics`]),
    ...announcements,
  ];
  return `\nReady.\n\n${lines.map((line) => `  ${line}`).join("\n")}\n\n`;
}
