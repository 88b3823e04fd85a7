import { NATS_PATHS, natsProgram } from "./nats-server";

export { startNats, startPlainNats, type NatsServer } from "./nats-server";

/** `describe` when nats-server is installed; otherwise it skips the tests with a warning. */
export const describeWithNats: jest.Describe = natsProgram === undefined ? skipWithWarning() : describe;

function skipWithWarning(): jest.Describe {
  console.warn(
    `!!! Not installed: nats-server (looked for ${NATS_PATHS.join(", ")}). The tests are SKIPPED. !!!`,
  );
  return describe.skip;
}
