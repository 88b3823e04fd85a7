/** Where messages go: a pino logger, or the console. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
