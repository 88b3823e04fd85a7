import { createInterface } from "node:readline";

const AT_ONCE = 100;
const [, , url = ""] = process.argv;
let registered = 0;

async function register(): Promise<void> {
  const username = `flood${++registered}`;
  const account = { username, email: `${username}@example.com`, password: "a long enough secret" };
  const address = `10.${(registered >> 16) & 255}.${(registered >> 8) & 255}.${registered & 255}`;
  const response = await fetch(`${url}/api/users/`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": address },
    body: JSON.stringify(account),
  });
  await response.arrayBuffer();
}

// Each line of stdin is an order for a flood; a line of stdout says that all its requests are answered.
createInterface(process.stdin).on("line", () => {
  void Promise.all(Array.from({ length: AT_ONCE }, register)).then(() => process.stdout.write("answered\n"));
});
