"use strict";

// A preset, not a jest.config.ts: on Node 20 Jest needs another TypeScript loader to read that.
module.exports = {
  testEnvironment: "node",
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/bench/"],
  modulePathIgnorePatterns: ["<rootDir>/.data/"],
  transform: {
    "\\.ts$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2023" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
    "node_modules/@(scure|noble)/.*\\.js$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "ecmascript" }, target: "es2023" }, module: { type: "commonjs" } },
    ],
  },
  // Packages that are ES modules only, which Jest cannot load as they are.
  transformIgnorePatterns: ["/node_modules/(?!@(scure|noble)/)"],
  globalSetup: "<rootDir>/tests/support/global-setup.ts",
  globalTeardown: "<rootDir>/tests/support/global-teardown.ts",
  testSequencer: "<rootDir>/tests/support/longest-first.js",
  setupFiles: ["<rootDir>/tests/support/cheap-hashing.ts"],
  reporters: ["default", "<rootDir>/tests/support/end-of-red-runs.js"],
  testTimeout: 60_000,
  // A quarter of the time tests wait for processes, browsers and clocks: two workers leave processors idle.
  maxWorkers: 3,
};
