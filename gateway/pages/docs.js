"use strict";

window.SwaggerUIBundle({
  dom_id: "#api",
  url: new URL("../openapi.json", document.currentScript.src).href,
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
