import { permissionsOf } from "./subjects";

/**
 * The configuration of a nats-server with one user for each process. A user sends under its own name alone,
 * and receives what is sent to this name or to everybody. There is no monitoring port.
 * @param passwords by bus names
 */
export function natsServerConfig(passwords: Readonly<Record<string, string>>): string {
  const users = Object.entries(passwords).map(([name, password]) => {
    const { publish, subscribe } = permissionsOf(name);
    return [
      `    {`,
      `      user: ${JSON.stringify(name)}, password: ${JSON.stringify(password)}`,
      `      permissions: { publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} }`,
      `    }`,
    ].join("\n");
  });
  return `authorization {\n  users: [\n${users.join("\n")}\n  ]\n}\n`;
}
