import { styledRoot } from "./styles";

export type Outcome = "complete" | "fail";

const TEXT =
  "Here the customer's bank asks whether this payment is really theirs. " +
  "In the sandbox you answer for the customer.";

function button(label: string, className: string): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = label;
  element.className = className;
  return element;
}

/** Asks what the bank's 3D Secure window would ask. Closing it counts as a failure. */
export function askCustomer(): Promise<Outcome> {
  const host = document.createElement("div");
  const dialog = document.createElement("dialog");
  const title = document.createElement("h2");
  title.id = "challenge-title";
  title.textContent = "3D Secure authentication";
  dialog.setAttribute("aria-labelledby", title.id);
  const text = document.createElement("p");
  text.textContent = TEXT;
  const complete = button("Complete", "primary");
  const fail = button("Fail", "");
  const buttons = document.createElement("div");
  buttons.className = "buttons";
  buttons.append(complete, fail);
  dialog.append(title, text, buttons);
  styledRoot(host).append(dialog);
  document.body.append(host);
  dialog.showModal();
  return new Promise((resolve) => {
    const finish = (outcome: Outcome): void => {
      host.remove();
      resolve(outcome);
    };
    complete.addEventListener("click", () => finish("complete"));
    fail.addEventListener("click", () => finish("fail"));
    dialog.addEventListener("cancel", () => finish("fail"));
  });
}
