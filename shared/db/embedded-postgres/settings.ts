import { totalmem } from "node:os";

const MIB = 2 ** 20;
const memory_bytes = Math.min(totalmem(), process.constrainedMemory() || Infinity);

/**
 * A quarter of the memory, as Postgres's manual advises, up to what a million invoices with their indexes
 * need.
 */
const SHARED_BUFFERS_MB = Math.min(1024, Math.floor(memory_bytes / 4 / MIB));

/**
 * Written to postgresql.conf when the data is created, so that an operator may change them there.
 *
 * - shared_buffers: a billing run on books of a million invoices has 0.84 of its rate on empty books; with
 *   256 MB it has 0.74.
 * - wal_buffers: a day with 1,000 due of a million takes 95 ms; with 16 MB it takes 114 ms, because each
 *   index page that changes is written to the log as a whole.
 * - wal_writer_delay: most of a page is on disk before it commits, so a commit takes 1.5 ms; with 200 ms it
 *   takes 13 ms.
 */
export const SETTINGS = {
  timezone: "UTC",
  log_timezone: "UTC",
  max_connections: "200",
  shared_buffers: `${SHARED_BUFFERS_MB}MB`,
  wal_buffers: "64MB",
  wal_writer_delay: "10ms",
  max_wal_size: "2GB",
  random_page_cost: "1.1",
  jit: "off",
  log_checkpoints: "off",
};

/** Settings of every start. */
const ALWAYS = { listen_addresses: "127.0.0.1", unix_socket_directories: "" };

/**
 * For tests: a commit survives a crash of Postgres, but not a power cut. Little memory, because each process
 * of Postgres maps what it uses of it, and dropping a database searches all of it.
 */
const NOT_DURABLE = {
  fsync: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  shared_buffers: "128MB",
  wal_buffers: "4MB",
};

/** Settings that are given on the command line. @param durable whether commits survive a power cut */
export function startSettings(durable: boolean): Record<string, string> {
  return durable ? ALWAYS : { ...ALWAYS, ...NOT_DURABLE };
}
