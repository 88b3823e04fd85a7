import { Shutdown } from "../../shared/process/shutdown";

let exits: unknown[];
let warnings: string[];
const log = { info: () => {}, warn: (line: string) => void warnings.push(line) };

beforeEach(() => {
  exits = [];
  warnings = [];
  // The limit of the whole end is a timer that would end the test's process.
  jest.useFakeTimers();
  jest.spyOn(process, "exit").mockImplementation((status) => exits.push(status) as never);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe("the end of a process", () => {
  it("closes what was opened in reverse order, one part after the other, once", async () => {
    const shutdown = new Shutdown(log);
    const steps: string[] = [];
    for (const part of ["Postgres", "services"]) {
      shutdown.onEnd(part, 1_000, async () => {
        steps.push(`${part} closing`);
        await Promise.resolve();
        steps.push(`${part} closed`);
      });
    }
    await Promise.all([shutdown.end(0), shutdown.end(1)]);
    expect(steps).toEqual(["services closing", "services closed", "Postgres closing", "Postgres closed"]);
    expect(exits).toEqual([0]);
  });

  it("has the status of a failure when a command is broken off by a signal, and else 0", async () => {
    for (const status of [undefined, 1]) {
      const listeners = jest.spyOn(process, "on").mockReturnValue(process);
      new Shutdown(log).listenToSignals(status);
      const [[, stop] = []] = listeners.mock.calls;
      listeners.mockRestore();
      (stop as () => void)();
      await jest.advanceTimersByTimeAsync(0);
    }
    expect(exits).toEqual([0, 1]);
  });

  it("goes on after a part that fails or takes too long, and names it", async () => {
    const shutdown = new Shutdown(log);
    let closed = false;
    shutdown.onEnd("Postgres", 1_000, async () => void (closed = true));
    shutdown.onEnd("services", 10, () => new Promise(() => {}));
    shutdown.onEnd("metrics", 1_000, () => Promise.reject(new Error("no")));
    await shutdown.end(0);
    expect(closed).toBe(true);
    expect(warnings).toEqual(["metrics: no", "services: has not ended within 10 ms"]);
  });
});
