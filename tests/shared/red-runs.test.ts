import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");

/** A test that opens a server, and never closes it. */
const leaking = (fails: boolean): string => `
  test("leaks", async () => {
    const server = require("node:net").createServer();
    await new Promise((resolve) => server.listen(0, resolve));
    ${fails ? "expect(1).toBe(2);" : "server.close();"}
  });`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "red-run-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs Jest in a process of its own, without our setup. @returns its exit status; undefined if it hangs */
function run(test: string, within_ms: number): Promise<number | null | undefined> {
  writeFileSync(path.join(folder, "it.test.js"), test);
  const reporter = path.join(ROOT, "tests/support/end-of-red-runs.js");
  const config = { rootDir: folder, testEnvironment: "node", reporters: [[reporter, { grace_ms: 200 }]] };
  const jest = path.join(ROOT, "node_modules/jest/bin/jest.js");
  const args = [jest, "--runInBand", "--no-cache", "--config", JSON.stringify(config)];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
  return new Promise((resolve) => {
    const hangs = setTimeout(() => {
      child.kill("SIGKILL");
      resolve(undefined);
    }, within_ms);
    child.on("exit", (status) => {
      clearTimeout(hangs);
      resolve(status);
    });
  });
}

test("a red test run ends by itself, whatever its tests have left open", async () => {
  expect(await run(leaking(true), 25_000)).toBe(1);
});

test("a green test run ends as ever", async () => {
  expect(await run(leaking(false), 25_000)).toBe(0);
});
