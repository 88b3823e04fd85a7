import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Tells a process from all others that had or will have its id: ids are reused, soon after a reboot.
 * @returns a text that no other process has; undefined when no such process runs (a zombie does not run)
 */
export function processIdentity(pid: number): string | undefined {
  if (process.platform !== "linux") {
    const [state = "", ...started] = ps(pid, "stat=,lstart=").split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : started.join(" ");
  }
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // The name in parentheses may contain spaces and parentheses, so the fields are counted from its end.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = fields[18];
  if (startTicks === undefined || state === "Z" || state === "X") return undefined;
  return `${readOrEmpty("/proc/sys/kernel/random/boot_id").trim()} ${startTicks}`;
}

/** The command line of a running process, separated by spaces; empty when there is none. */
export function commandLine(pid: number): string {
  if (process.platform !== "linux") return ps(pid, "command=");
  return readOrEmpty(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** Sends a signal. A process that has ended meanwhile is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function ps(pid: number, columns: string): string {
  return spawnSync("ps", ["-o", columns, "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
