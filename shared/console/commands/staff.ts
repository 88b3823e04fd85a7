import { randomBytes } from "node:crypto";
import { type CommandContext, type ConsoleCommand, UsageError } from "../command";

const PASSWORD_BYTES = 15;

/** Staff accounts. */
export const staff: ConsoleCommand = {
  name: "staff",
  description: "Create staff accounts, and help those that lost their second factor",
  verbs: {
    add: {
      usage: "<username> <email>",
      description: "creates a staff account and prints its password once",
      run: addStaff,
    },
    "totp-off": {
      usage: "<username>",
      description: "takes a lost second factor away from an account",
      run: takeTotpAway,
    },
  },
};

async function addStaff({ call, print }: CommandContext, args: string[]): Promise<void> {
  const [username, email, ...rest] = args;
  if (username === undefined || email === undefined || rest.length > 0) {
    throw new UsageError("Usage: staff add <username> <email>");
  }
  const password = randomBytes(PASSWORD_BYTES).toString("base64url");
  const user = await call("identity.createUser", { username, email, password, is_staff: true });
  print(`Staff account ${user.username} (${user.id}), password: ${password}`);
  print("The password is not shown again. Change it after the first login.");
}

async function takeTotpAway({ call, print }: CommandContext, args: string[]): Promise<void> {
  const [username, ...rest] = args;
  if (username === undefined || rest.length > 0) throw new UsageError("Usage: staff totp-off <username>");
  await call("identity.resetTotp", { username });
  print(`${username} signs in without a second factor. All sessions of the account have ended.`);
}
