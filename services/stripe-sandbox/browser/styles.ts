/** Becomes a constructed style sheet, which a page's `style-src 'self'` allows. */
const CSS = `
:host { display: block; color: var(--sandbox-text, #1f2937); font-family: var(--sandbox-font, inherit); }
* { box-sizing: border-box; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 14px 12px; }
.field { display: flex; flex-direction: column; gap: 5px; min-width: 0; }
.field.wide { grid-column: 1 / -1; }
label { font-size: 14px; font-weight: 500; }
input {
  width: 100%; padding: 11px 12px; font: inherit; font-size: 16px; letter-spacing: 0.02em; color: inherit;
  background: var(--sandbox-background, #fff);
  border: var(--sandbox-input-border, 1px solid #757f8e); border-radius: var(--sandbox-radius, 8px);
}
input::placeholder { color: var(--sandbox-placeholder, #5b6675); opacity: 1; }
input:focus-visible { outline: 3px solid var(--sandbox-primary, #2f5bd8); outline-offset: 1px; }
input[aria-invalid="true"] { border-color: var(--sandbox-danger, #c0262d); }
input:disabled { opacity: 0.6; }
.problem { min-height: 0; margin: 0; font-size: 13px; color: var(--sandbox-danger, #c0262d); }
.problem:empty { display: none; }
.hint { margin: 14px 0 0; font-size: 13px; line-height: 1.45; color: var(--sandbox-quiet, #5b6675); }
dialog {
  width: min(420px, calc(100vw - 32px)); padding: 24px; color: #1f2937; background: #fff; border: 0;
  border-radius: 14px; box-shadow: 0 20px 60px rgb(15 23 42 / 0.3);
  font-family: system-ui, sans-serif; font-size: 15px; line-height: 1.5;
}
dialog::backdrop { background: rgb(15 23 42 / 0.55); }
h2 { margin: 0 0 8px; font-size: 19px; line-height: 1.3; }
dialog p { margin: 0 0 20px; }
.buttons { display: flex; flex-wrap: wrap; gap: 10px; }
button {
  flex: 1 1 120px; min-height: 44px; padding: 10px 16px; font: inherit; font-weight: 600; cursor: pointer;
  color: #1f2937; background: #fff; border: 1px solid #757f8e; border-radius: 8px;
}
button.primary { color: #fff; background: #2f5bd8; border-color: #2f5bd8; }
button:focus-visible { outline: 3px solid #2f5bd8; outline-offset: 2px; }
`;

/** A shadow root with the sandbox's styles; the page's own do not reach it. */
export function styledRoot(host: HTMLElement): ShadowRoot {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** The variables of Stripe's appearance that the sandbox uses. */
const VARIABLES = {
  colorPrimary: "--sandbox-primary",
  colorBackground: "--sandbox-background",
  colorText: "--sandbox-text",
  colorTextSecondary: "--sandbox-quiet",
  colorTextPlaceholder: "--sandbox-placeholder",
  colorDanger: "--sandbox-danger",
  fontFamily: "--sandbox-font",
  borderRadius: "--sandbox-radius",
} as const;

export function applyAppearance(
  host: HTMLElement,
  variables: Partial<Record<keyof typeof VARIABLES, string>>,
): void {
  for (const [name, property] of Object.entries(VARIABLES) as [keyof typeof VARIABLES, string][]) {
    const value = variables[name];
    if (value !== undefined) host.style.setProperty(property, value);
  }
}
