/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

interface Answer {
  ok: boolean;
  /** the answer, or an RFC 9457 problem */
  body: {
    access?: string;
    detail?: string;
    errors?: { field: string; message: string }[];
  };
}

const UNREACHABLE = "We could not reach our server. Please check your connection and try again.";
const USED = "This link does not work any more. It was used, has expired, or was withdrawn.";
const ANSWER_WITHIN_MS = 15_000;

function element<Type extends HTMLElement>(id: string): Type {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Type;
}

const link = element<HTMLDivElement>("link");
const done = element<HTMLParagraphElement>("done");
const { api = "" } = link.dataset;
/** The page posts to its own address. */
const own = location.pathname;
const token = location.hash.slice(1);

async function post(to: string, body: object, access?: string): Promise<Answer> {
  const response = await fetch(to, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(access === undefined ? {} : { authorization: `Bearer ${access}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const text = await response.text();
  return { ok: response.ok, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
}

/** @returns what is wrong; undefined when it is done */
async function send(form: HTMLFormElement): Promise<string | undefined> {
  const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
  if (form.dataset["signsIn"] !== "true") return problemOf(form, await post(own, { token, ...fields }));
  const signedIn = await post(`${api}token/`, fields);
  if (!signedIn.ok) return problemOf(form, signedIn);
  return problemOf(form, await post(own, { token }, signedIn.body.access));
}

function problemOf(form: HTMLFormElement, { ok, body }: Answer): string | undefined {
  if (ok) return undefined;
  const errors = body.errors ?? [];
  if (errors.some(({ field }) => field === "token")) return USED;
  const [first] = errors;
  if (first === undefined) return body.detail ?? UNREACHABLE;
  const label = form.querySelector(`label[for$="-${first.field}"]`)?.textContent ?? first.field;
  return `${label} ${first.message}.`;
}

function showDone(): void {
  // The secret was used; nobody needs it in the history.
  history.replaceState(null, "", location.pathname);
  link.hidden = true;
  done.hidden = false;
  done.focus();
}

for (const form of document.querySelectorAll("form")) {
  let busy = false;
  const problem = form.querySelector<HTMLParagraphElement>("[role=alert]");
  const button = form.querySelector("button");
  const show = (text: string | undefined) => {
    if (problem === null) return;
    problem.textContent = text ?? "";
    problem.hidden = text === undefined;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    button?.setAttribute("aria-disabled", "true");
    show(undefined);
    void send(form)
      .catch(() => UNREACHABLE)
      .then((wrong) => (wrong === undefined ? showDone() : show(wrong)))
      .finally(() => {
        busy = false;
        button?.removeAttribute("aria-disabled");
      });
  });
}

if (token === "") element<HTMLParagraphElement>("no-link").hidden = false;
else link.hidden = false;
