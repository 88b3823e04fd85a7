import { html, type Html } from "./html";
import { layout, type Site } from "./layout";

/** A field of a form. */
interface Field {
  name: "username" | "password";
  label: string;
  autocomplete: "username" | "current-password" | "new-password";
  hint?: string;
}

/** A form whose script posts its fields, with the secret of the link. */
interface LinkForm {
  /** names the form on the page */
  id: string;
  heading?: string;
  fields: readonly Field[];
  button: string;
  /** whether the fields sign somebody in first */
  signsIn?: boolean;
}

/** The page behind a link in a mail about an account. */
interface AccountPage {
  title: string;
  intro: string;
  forms: readonly LinkForm[];
  /** what is shown when it is done */
  done: string;
}

const USERNAME: Field = { name: "username", label: "User name", autocomplete: "username" };
const NEW_PASSWORD: Field = {
  name: "password",
  label: "New password",
  autocomplete: "new-password",
  hint: "At least 8 characters.",
};

/** The pages, by what they are about. */
export const ACCOUNT_PAGES = {
  invitations: {
    title: "Accept an invitation",
    intro: "You are invited to see and pay the invoices of a customer.",
    forms: [
      {
        id: "sign-in",
        heading: "I have an account",
        fields: [USERNAME, { name: "password", label: "Password", autocomplete: "current-password" }],
        button: "Sign in and accept",
        signsIn: true,
      },
      {
        id: "sign-up",
        heading: "I am new here",
        fields: [USERNAME, NEW_PASSWORD],
        button: "Make an account and accept",
      },
    ],
    done: "You have accepted the invitation.",
  },
  "password-reset": {
    title: "Choose a new password",
    intro: "You will be signed out everywhere.",
    forms: [{ id: "reset", fields: [NEW_PASSWORD], button: "Save the new password" }],
    done: "Your new password is saved. You can sign in with it now.",
  },
  "email-confirmation": {
    title: "Confirm your email address",
    intro: "Is this your email address?",
    forms: [{ id: "confirm", fields: [], button: "Yes, confirm it" }],
    done: "Thank you. Your email address is confirmed.",
  },
  "email-change": {
    title: "Confirm your new email address",
    intro: "Your account will have this email address from now on.",
    forms: [{ id: "change", fields: [], button: "Confirm the new address" }],
    done: "Your account has its new email address.",
  },
} satisfies Record<string, AccountPage>;
export type AccountPageName = keyof typeof ACCOUNT_PAGES;

const NO_LINK = "This address is not complete. Please open the link in our email again, or copy all of it.";

/** Makes the page. Its script reads the secret of the link, which is after the # and never sent to us. */
export function accountPage(name: AccountPageName, site: Site): string {
  const { title, intro, forms, done }: AccountPage = ACCOUNT_PAGES[name];
  const content = html`<h1>${title}</h1>
    <div id="link" data-api="${site.basePath}/api/" hidden>
      <p>${intro}</p>
      ${forms.map(formOf)}
    </div>
    <p id="no-link" class="notice problem" role="alert" hidden>${NO_LINK}</p>
    <p id="done" class="notice done" role="status" tabindex="-1" hidden>${done}</p>
    <noscript>
      <p class="notice problem">
        This page needs JavaScript. Please turn it on in your browser and reload this page.
      </p>
    </noscript>`;
  const script = html`<script src="${site.basePath}/api/pay/account.js" defer></script>`;
  return layout({ title, content, site, scripts: [script] });
}

function formOf({ id, heading, fields, button, signsIn = false }: LinkForm): Html {
  return html`<form id="${id}" data-signs-in="${String(signsIn)}" novalidate>
    ${heading === undefined ? undefined : html`<h2>${heading}</h2>`}
    ${fields.map((field) => fieldOf(id, field))}
    <p class="notice problem" role="alert" hidden></p>
    <button type="submit">${button}</button>
  </form>`;
}

function fieldOf(form: string, { name, label, autocomplete, hint }: Field): Html {
  const id = `${form}-${name}`;
  const type = name === "password" ? "password" : "text";
  return html`<label for="${id}">${label}</label>
    <input
      id="${id}"
      name="${name}"
      type="${type}"
      autocomplete="${autocomplete}"
      autocapitalize="off"
      spellcheck="false"
      required
      ${hint === undefined ? undefined : html`aria-describedby="${id}-hint"`}
    />
    ${hint === undefined ? undefined : html`<p class="hint" id="${id}-hint">${hint}</p>`}`;
}
