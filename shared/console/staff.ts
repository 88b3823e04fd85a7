import { randomBytes } from "node:crypto";
import { type OperatorCommand, UsageError } from "./command";

const PASSWORD_BYTES = 15;

/** Who may administer the system. */
export const staff: OperatorCommand = {
  name: "staff",
  description: "Makes staff accounts",
  verbs: {
    add: {
      takes: "<username> <email>",
      does: "makes a staff account with a password that is shown once",
      run: async ({ call, print }, [username, email, ...rest]) => {
        if (username === undefined || email === undefined || rest.length > 0)
          throw new UsageError("Usage: staff add <username> <email>");
        const password = randomBytes(PASSWORD_BYTES).toString("base64url");
        const user = await call("identity.createUser", { username, email, password, is_staff: true });
        print(`Staff account ${user.username} (${user.id}), password: ${password}`);
        print("The password is not kept anywhere else; change it after the first login.");
      },
    },
  },
};
