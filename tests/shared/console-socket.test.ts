import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net, { connect, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { listenForConsoles } from "../../shared/process/console-socket/server";
import { encodeFrame, FrameReader } from "../../shared/process/console-socket/frames";
import { socketPath } from "../../shared/process/console-socket/path";

test("frames come out as they went in, however a socket cuts them", () => {
  const frame = fc.record({ topic: fc.string(), data: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (frames, size) => {
      const sent = frames.map(({ topic, data }) => ({ topic, data: Buffer.from(data) }));
      const bytes = Buffer.concat(sent.map(encodeFrame));
      const reader = new FrameReader();
      const received = [];
      for (let at = 0; at < bytes.length; at += size)
        received.push(...reader.push(bytes.subarray(at, at + size)));
      expect(received).toEqual(sent);
    }),
  );
});

test("a large frame is joined once, not again for each chunk of it", () => {
  const concat = jest.spyOn(Buffer, "concat");
  const data = Buffer.alloc(1_000_000, 7);
  const bytes = encodeFrame({ topic: "large", data });
  concat.mockClear();
  const reader = new FrameReader();
  const received = [];
  for (let at = 0; at < bytes.length; at += 1_000)
    received.push(...reader.push(bytes.subarray(at, at + 1_000)));
  expect(received).toEqual([{ topic: "large", data }]);
  expect(concat.mock.calls.length).toBeLessThan(5);
  concat.mockRestore();
});

test("what is no frame is refused", () => {
  expect(() => new FrameReader().push(Buffer.from("GET / HTTP/1.1\r\n"))).toThrow("no frame");
});

test("a folder whose path is too long has no socket", () => {
  expect(socketPath("data")).toBe("data/console.sock");
  expect(socketPath(`/${"x".repeat(200)}`)).toBeUndefined();
});

test("a console that does not read is cut off before what waits for it fills the memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "console-socket-"));
  const server = await listenForConsoles(folder, { warn: jest.fn() });
  const stuck = connect(join(folder, "console.sock"));
  await once(stuck, "connect");
  stuck.pause();
  const closed = new Promise((resolve) => stuck.once("close", resolve));
  stuck.on("error", () => {});
  const data = Buffer.alloc(1024 * 1024);
  let sent = 0;
  for (; sent < 100 && !stuck.closed; sent++) {
    await server?.send("topic", data);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // It notices the end when it reads on.
  stuck.resume();
  await closed;
  expect(stuck.bytesRead).toBeLessThan(30 * 1024 * 1024);
  await server?.disconnect();
  rmSync(folder, { recursive: true });
});

test("a connection that cannot be accepted does not end the process that runs the system", async () => {
  const folder = mkdtempSync(join(tmpdir(), "console-socket-"));
  const created = jest.spyOn(net, "createServer");
  const warn = jest.fn();
  const server = await listenForConsoles(folder, { warn });
  const listening = created.mock.results[0]?.value as Server;
  // As Node.js tells it, which would throw if nobody listened.
  listening.emit("error", new Error("accept EMFILE"));
  expect(warn).toHaveBeenCalledTimes(1);
  expect(listening.listening).toBe(true);
  created.mockRestore();
  await server?.disconnect();
  rmSync(folder, { recursive: true });
});
