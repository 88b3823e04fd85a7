"use strict";

/** The project's own lint rules. */
module.exports = {
  meta: { name: "project" },
  rules: { "import-directions": require("./import-directions"), "line-length": require("./line-length") },
};
