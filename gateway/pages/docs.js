"use strict";

window.SwaggerUIBundle({
  dom_id: "#api",
  url: "/api/openapi.json",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
