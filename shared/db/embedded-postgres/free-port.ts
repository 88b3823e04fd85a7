import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";

/**
 * A free port on the loopback address: the preferred one, or any other when that is taken.
 * @param preferred 0: any
 */
export async function freePort(preferred: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen({ port: preferred, host: "127.0.0.1", exclusive: true });
    await once(probe, "listening");
    return (probe.address() as AddressInfo).port;
  } catch (error) {
    if (preferred !== 0 && (error as NodeJS.ErrnoException).code === "EADDRINUSE") return await freePort(0);
    throw error;
  } finally {
    probe.close();
  }
}
