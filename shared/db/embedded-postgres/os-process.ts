import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Tells one process from every other one that ever had or will have its id.
 *
 * Ids are reused, after a reboot even quickly, so a remembered id alone proves nothing.
 * @returns an opaque text, equal for equal processes; undefined when no such process runs (a zombie does not
 *   run)
 */
export function processStamp(pid: number): string | undefined {
  if (process.platform !== "linux") {
    const [state = "", ...started] = ps(pid, "stat=,lstart=").split(/\s+/);
    return state === "" || state.startsWith("Z") ? undefined : started.join(" ");
  }
  const stat = readIfThere(`/proc/${pid}/stat`);
  // The name in parentheses may itself hold blanks and parentheses, so count the fields from its end.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = fields[18];
  if (startTicks === undefined || state === "Z" || state === "X") return undefined;
  return `${readIfThere("/proc/sys/kernel/random/boot_id").trim()} ${startTicks}`;
}

/** The command line of a running process, words parted by blanks; empty when there is none. */
export function commandLine(pid: number): string {
  if (process.platform !== "linux") return ps(pid, "command=");
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** Sends a signal; a process that has gone meanwhile is no error. */
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

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
