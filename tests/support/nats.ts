import { NATS_CANDIDATES, natsProgram } from "./nats-server";

export { startNats, type NatsServer } from "./nats-server";

/** `describe` where there is a nats-server; otherwise it skips, and says so loudly. */
export const describeWithNats: jest.Describe = natsProgram === undefined ? skipLoudly() : describe;

function skipLoudly(): jest.Describe {
  console.warn(
    `!!! NO nats-server (looked for ${NATS_CANDIDATES.join(", ")}): the tests of the cluster ARE SKIPPED !!!`,
  );
  return describe.skip;
}
