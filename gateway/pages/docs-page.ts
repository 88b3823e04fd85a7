import { html } from "./html";

/**
 * The page of Swagger UI, which shows the OpenAPI description. All its files come from this server.
 * @param basePath what comes before every path of ours at the public address
 */
export function docsPage(basePath: string): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Subscription billing API</title>
        <link rel="icon" type="image/png" href="${basePath}/api/docs/favicon-32x32.png" />
        <link rel="stylesheet" href="${basePath}/api/docs/swagger-ui.css" />
      </head>
      <body>
        <div id="api"></div>
        <script src="${basePath}/api/docs/swagger-ui-bundle.js"></script>
        <script src="${basePath}/api/docs/docs.js"></script>
      </body>
    </html> `.markup;
}
