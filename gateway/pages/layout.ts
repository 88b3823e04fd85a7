import type { Config } from "../../shared/config/config";
import { html, type Html } from "./html";

/** What all pages for customers show and need. */
export interface Site {
  /** what comes before every path of ours at the public address */
  basePath: string;
  seller: Config["seller"];
  /** whether no real money moves */
  sandbox: boolean;
}

interface Page {
  title: string;
  content: Html;
  site: Site;
  scripts?: readonly Html[];
}

const SANDBOX_BANNER = html`<p class="banner">Sandbox: no real money moves.</p>`;

/** A page for customers: what it shows comes from the server, and its script only adds the payment form. */
export function layout({ title, content, site, scripts = [] }: Page): string {
  const { basePath, sandbox } = site;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        <link rel="icon" href="${basePath}/api/pay/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${basePath}/api/pay/pay.css" />
        ${scripts}
      </head>
      <body>
        <main>${sandbox ? SANDBOX_BANNER : undefined} ${sellerBlock(site)} ${content}</main>
      </body>
    </html> `.markup;
}

function sellerBlock({ basePath, seller }: Site): Html | undefined {
  const { name, address, logoFile } = seller;
  if (name === undefined) return undefined;
  const logo = html`<img class="logo" src="${basePath}/api/pay/logo" alt="" height="40" />`;
  return html`<address class="seller">
    ${logoFile === undefined ? undefined : logo}
    <strong>${name}</strong>
    ${address.map((line) => html`<span>${line}</span>`)}
  </address>`;
}
