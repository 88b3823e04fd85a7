import { asService } from "../../shared/service/caller";
import type { LinkPurpose } from "../../shared/contracts/accounts";
import { eventually } from "../support/system";
import { describeInBrowser, expectAccessible, inBrowser, PHONE } from "./in-browser";

const PASSWORD = "correct horse battery";

describeInBrowser("the pages behind links in mails", () => {
  const { system, violations, open, openTab, send } = inBrowser();
  let people = 0;

  async function signUp() {
    const username = `person-${++people}`;
    const email = `${username}@example.com`;
    const { id } = await send<{ id: string }>("/api/users/", {
      body: { username, email, password: PASSWORD },
    });
    return { id, username, email };
  }

  const signIn = async (username: string, password: string) =>
    (await send<{ access: string }>("/api/token/", { body: { username, password } })).access;

  /** The secret of the newest link, as notifications would mail it. */
  async function tokenOf(purpose: LinkPurpose): Promise<string> {
    const row = await eventually(() =>
      system()
        .db("identity")("account_links")
        .where({ purpose })
        .orderBy("id", "desc")
        .first<{ id: string } | undefined>(),
    );
    const notifications = system().as(asService("notifications"));
    const issued = await notifications("identity.issueAccountLink", { id: row.id });
    return issued?.token ?? "";
  }

  /** Invites to a new customer. @returns its id, and the secret of the link */
  async function invite(email: string) {
    const { id } = await system().call("identity.createCustomer", { name: "Example Ltd" });
    await system().call("identity.inviteMember", { customer: id, email });
    return { id, token: await tokenOf("invitation") };
  }

  const membersOf = async (customer: string) =>
    (await system().call("identity.listMembers", { customer })).items.map(({ username }) => username);

  test("an invitation is accepted with a new account", async () => {
    const { id, token } = await invite("new@example.com");
    const page = await open(`/api/invitations/accept/#${token}`);
    await expectAccessible(page);
    const form = page.locator("#sign-up");
    await form.getByLabel("User name").fill("newcomer");
    await form.getByLabel("New password").fill("short");
    await form.getByRole("button").click();
    await page.getByText("New password must be at least 8 characters long.").waitFor();
    await form.getByLabel("New password").fill(PASSWORD);
    await form.getByRole("button").click();
    await page.getByText("You have accepted the invitation.").waitFor();
    expect(page.url()).not.toContain("#");
    expect(await membersOf(id)).toEqual(["newcomer"]);
    expect(violations).toEqual([]);
  });

  test("an invitation is accepted by somebody who signs in, on a phone", async () => {
    const { username, email } = await signUp();
    const { id, token } = await invite(email);
    const page = await open(`/api/invitations/accept/#${token}`, { viewport: PHONE });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    const form = page.locator("#sign-in");
    await form.getByLabel("User name").fill(username);
    await form.getByLabel("Password").fill("a wrong one");
    await form.getByRole("button").tap();
    await page.getByText("No active account found with the given credentials").waitFor();
    await form.getByLabel("Password").fill(PASSWORD);
    await form.getByLabel("Password").press("Enter");
    await page.getByText("You have accepted the invitation.").waitFor();
    expect(await membersOf(id)).toEqual([username]);
    expect(violations).toEqual([]);
  });

  test("a forgotten password is replaced; the link then says that it was used", async () => {
    const { username, email } = await signUp();
    await send("/api/password-reset/", { body: { email } });
    const token = await tokenOf("password_reset");
    const address = `/api/password-reset/confirm/#${token}`;
    const page = await open(address);
    await expectAccessible(page);
    await page.getByLabel("New password").fill("another battery");
    await page.getByRole("button").click();
    await page.getByText("Your new password is saved.").waitFor();
    expect(await signIn(username, "another battery")).toBeTruthy();
    const again = await openTab(address);
    await again.getByLabel("New password").fill("yet another battery");
    await again.getByRole("button").click();
    await again.getByText("This link does not work any more.").waitFor();
    expect(violations).toEqual([]);
  });

  test("an address is confirmed by pressing the button, not by opening the page", async () => {
    const { id } = await signUp();
    const token = await tokenOf("email_confirmation");
    const page = await open(`/api/email-confirmation/confirm/#${token}`);
    await expectAccessible(page);
    const look = async () => (await system().call("identity.getUser", { id })).email_confirmed_at;
    expect(await look()).toBeNull();
    await page.getByRole("button", { name: "Yes, confirm it" }).click();
    await page.getByText("Your email address is confirmed.").waitFor();
    expect(await look()).not.toBeNull();
    expect(violations).toEqual([]);
  });

  test("an address without the secret says that it is not complete", async () => {
    const page = await open("/api/password-reset/confirm/");
    await page.getByText("This address is not complete.").waitFor();
    expect(await page.getByRole("button").count()).toBe(0);
  });

  test("without JavaScript the page says so", async () => {
    const page = await open("/api/email-change/confirm/#x", { javaScriptEnabled: false });
    // Playwright finds no text in a noscript element.
    expect(await page.locator("noscript p").isVisible()).toBe(true);
    expect(await page.getByRole("button").count()).toBe(0);
  });
});
