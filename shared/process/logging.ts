import type { BrokerOptions, LogLevels } from "moleculer";
import { pino, type DestinationStream, type Logger, type LoggerOptions } from "pino";
import { prettyLines } from "./pretty-lines";
import type { Config } from "../config/config";

/** Values of these names never reach a log, whatever object they are logged with. */
const SECRET_NAMES = [
  "password",
  "current_password",
  "password_hash",
  "authorization",
  "cookie",
  "access",
  "refresh",
  "token",
  "client_secret",
  "signature",
  "secretKey",
  "webhookSecret",
  "databaseUrl",
  "natsUrl",
  "smtpUrl",
  "connectionString",
];
const SECRET_PATHS = SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/** Parts of Moleculer whose `info` lines help only in finding a fault of theirs. */
const QUIET_PARTS = ["BROKER", "REGISTRY", "TRANSIT", "DISCOVERY", "METRICS", "TRACER", "CACHER", "$NODE"];

/** moleculer-cron says so of each job, without its name. */
const NOISE = new Set<unknown>(["Start Cron - "]);

/** What to log, and how. */
type LogSettings = { logLevel: LogLevels; logFormat?: Config["logFormat"] };

const PINO_OPTIONS: LoggerOptions = {
  base: null,
  redact: SECRET_PATHS,
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  hooks: {
    /** Moleculer logs `(message, error)`, and pino would drop the error. */
    logMethod(args, method) {
      const [first, second] = args as unknown[];
      if (NOISE.has(first)) return;
      if (typeof first === "string" && second instanceof Error) method.call(this, { err: second }, first);
      else method.apply(this, args);
    },
  },
};

/** Moleculer's settings for logs to stdout. */
export function brokerLogging(
  settings: LogSettings,
  destination?: DestinationStream,
): Pick<BrokerOptions, "logger" | "logLevel"> {
  const level = settings.logLevel;
  const quiet =
    level === "info" ? Object.fromEntries(QUIET_PARTS.map((part) => [part, "warn" as const])) : {};
  const levels = { ...quiet, "**": level };
  const log = processLog(settings, destination);
  const createLogger = (partLevel: LogLevels, { nodeID, mod }: { nodeID: string; mod: string }) =>
    log.child({ node: nodeID, part: mod }, { level: partLevel });
  return { logger: { type: "Pino", options: { level: levels, createLogger } }, logLevel: levels };
}

/**
 * The log of the process itself, before and after there is a broker: one JSON object a line, or one line for
 * people.
 * @param settings without a format, a terminal gets lines for people
 * @param destination stdout by default
 */
export function processLog(
  { logLevel, logFormat }: LogSettings,
  destination: DestinationStream & { isTTY?: boolean } = process.stdout,
): Logger {
  const format = logFormat ?? (destination.isTTY === true ? "pretty" : "json");
  const json = destination === process.stdout ? pino.destination(1) : destination;
  return pino({ ...PINO_OPTIONS, level: logLevel }, format === "pretty" ? prettyLines(destination) : json);
}
