import type { Logger } from "moleculer";
import { Worker } from "../../shared/service/worker";
import { eventually } from "../support/system";

it("a worker that is woken while it works looks once more, without waiting for its interval", async () => {
  let looks = 0;
  let finish = () => {};
  const worker = new Worker({
    name: "test",
    step: async () => {
      looks += 1;
      if (looks === 1) await new Promise<void>((resolve) => (finish = resolve));
      return 0;
    },
    interval_ms: 3_600_000,
    log: { warn: () => {} } as unknown as Logger,
  });
  worker.start();
  await eventually(() => (looks === 1 ? true : undefined));
  worker.wake();
  finish();
  try {
    expect(await eventually(() => (looks === 2 ? looks : undefined), 2_000)).toBe(2);
  } finally {
    await worker.stop();
  }
});
