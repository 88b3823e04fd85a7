import { remoteClock, systemClock, TimeError } from "../../shared/time";

describe("the system clock", () => {
  test("shows the time of this machine, as UTC text with milliseconds", async () => {
    const before = Date.now();
    const now = await systemClock("UTC").now();
    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(now)).toBeLessThanOrEqual(Date.now());
  });

  test("knows the date of its zone", async () => {
    jest.useFakeTimers({ now: Date.parse("2026-01-31T23:30:00Z") });
    try {
      expect(await systemClock("UTC").today()).toBe("2026-01-31");
      expect(await systemClock("Europe/Berlin").today()).toBe("2026-02-01");
      expect(await systemClock("America/New_York").today()).toBe("2026-01-31");
    } finally {
      jest.useRealTimers();
    }
  });
});

describe("the remote clock", () => {
  test("asks its source each time, and answers in the form used inside", async () => {
    const answers = ["2026-01-31T23:30:00.123456+00:00", "2026-02-01T00:30:00+01:00"];
    const clock = remoteClock(() => Promise.resolve(answers.shift() ?? ""), "Europe/Berlin");
    expect(await clock.now()).toBe("2026-01-31T23:30:00.123Z");
    expect(await clock.today()).toBe("2026-02-01");
    expect(answers).toEqual([]);
  });

  test("passes on the failure of its source", async () => {
    const clock = remoteClock(() => Promise.reject(new Error("source is away")), "UTC");
    await expect(clock.now()).rejects.toThrow("source is away");
    await expect(clock.today()).rejects.toThrow("source is away");
  });

  test("rejects an answer that is no instant", async () => {
    const clock = remoteClock(() => Promise.resolve("2026-01-31"), "UTC");
    await expect(clock.now()).rejects.toThrow(TimeError);
    await expect(clock.today()).rejects.toThrow(TimeError);
  });
});

test("every clock names its zone, and refuses one that does not exist", () => {
  const readNow = (): Promise<string> => Promise.resolve("2026-01-31T00:00:00Z");
  expect(systemClock("Asia/Tokyo").zone).toBe("Asia/Tokyo");
  expect(remoteClock(readNow, "Asia/Tokyo").zone).toBe("Asia/Tokyo");
  expect(() => systemClock("Mars/Olympus")).toThrow(TimeError);
  expect(() => remoteClock(readNow, "+02:00")).toThrow(TimeError);
  expect(() => systemClock("")).toThrow(TimeError);
});
