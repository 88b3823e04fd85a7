/** Where the launcher tells what it does; a pino logger or the console will do. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
