"use strict";

const path = require("node:path");

const SANDBOX = "services/stripe-sandbox/";
const ROOT = path.resolve(__dirname, "../..");

/**
 * The packages that only some folders may import as values; their types are free to all but domain code.
 * A folder is matched at the start of a path, or anywhere in it when it starts with a slash.
 */
const KEPT_PACKAGES = {
  stripe: ["services/payments/", "services/stripe-sandbox/"],
  "@stripe/stripe-js": ["services/stripe-sandbox/", "gateway/pages/browser/"],
  knex: ["shared/db/", "/migrations/"],
  objection: ["shared/db/", "/models/"],
  pg: ["shared/db/"],
};
/**
 * The folders (and files) of shared/, in the order in which they may import each other: each those before
 * its own line. Those of one line know nothing of each other.
 */
const SHARED_ORDER = [
  ["config", "money", "time", "errors.ts", "states.ts"],
  ["contracts"],
  ["db"],
  ["events"],
  ["service"],
  ["process"],
  ["console"],
];

/** Of these not even the types may be known elsewhere. */
const SECRET_PACKAGES = new Set(["stripe", "@stripe/stripe-js"]);

/**
 * Why a file must not import something; undefined when it may.
 *
 * @param {string} file importing, from the project's top, with slashes
 * @param {string} specifier as written
 * @param {boolean} isType true when only types are imported
 */
function objection(file, specifier, isType) {
  if (file.startsWith("tests/")) return undefined;
  if (file === "moleculer.config.ts") return undefined;
  const target = specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
  if (file.startsWith(SANDBOX) && target !== undefined && !target.startsWith(SANDBOX)) {
    return "the stand-in for Stripe imports nothing of the product";
  }
  if (file.includes("/domain/")) return domainObjection(file, target, isType);
  return target === undefined ? packageObjection(file, specifier, isType) : roomObjection(file, `${target}/`);
}

function roomObjection(file, target) {
  const [room = "", name = ""] = file.split("/");
  if (target.startsWith("tests/")) return "nothing but tests imports tests";
  if (room === "shared" && /^(services|gateway)\//.test(target))
    return "shared/ imports neither services nor the gateway";
  if (room === "shared") return sharedObjection(file, target);
  if (target.startsWith(SANDBOX)) return sandboxObjection(file);
  if (target.startsWith("shared/")) return undefined;
  if (room === "services" && !target.startsWith(`services/${name}/`))
    return "a service imports itself and shared/ only";
  if (room === "gateway" && !target.startsWith("gateway/"))
    return "the gateway imports itself and shared/ only";
  return undefined;
}

function sharedObjection(file, target) {
  if (!target.startsWith("shared/")) return undefined;
  const [from, to] = [levelOf(file), levelOf(target)];
  if (from === -1)
    return `shared/ has no place for this: the order of its folders is ${SHARED_ORDER.flat().join(", ")}`;
  if (folderOf(file) === folderOf(target) || to < from) return undefined;
  return `in shared/ imports go one way, ${SHARED_ORDER.map((level) => level.join(" | ")).join(" <- ")}`;
}

/**
 * The folder of shared/ that a place lies in; of a file of its own, with its ending or without, that file.
 */
function folderOf(place) {
  const [, name = ""] = place.split("/");
  return ["errors", "states"].includes(name) ? `${name}.ts` : name;
}

function levelOf(place) {
  return SHARED_ORDER.findIndex((level) => level.includes(folderOf(place)));
}

/** Payments starts the stand-in for Stripe; whatever else it does, it does through Stripe's own SDK. */
function sandboxObjection(file) {
  if (file.startsWith(SANDBOX) || file.startsWith("services/payments/stripe/")) return undefined;
  return "only services/payments/stripe/ starts the stand-in for Stripe";
}

function domainObjection(file, target, isType) {
  const own = file.slice(0, file.lastIndexOf("/domain/") + "/domain/".length);
  const mayUse = [
    own,
    "shared/money/",
    "shared/time/",
    "shared/states/",
    ...(isType ? ["shared/contracts/"] : []),
  ];
  if (target !== undefined && mayUse.some((folder) => `${target}/`.startsWith(folder))) return undefined;
  return "domain code imports its own siblings, shared/money, shared/time, shared/states and types of shared/contracts only";
}

function packageObjection(file, specifier, isType) {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const keepers = Object.hasOwn(KEPT_PACKAGES, name) ? KEPT_PACKAGES[name] : undefined;
  if (keepers === undefined || (isType && !SECRET_PACKAGES.has(name))) return undefined;
  const mayUse = keepers.some((folder) =>
    folder.startsWith("/") ? file.includes(folder) : file.startsWith(folder),
  );
  return mayUse ? undefined : `only ${keepers.join(" and ")} import ${name}`;
}

function importsTypesOnly(node) {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => name.importKind === "type" || name.exportKind === "type");
}

/** Holds the directions in which the rooms of the project may import each other. */
const importDirections = {
  create(context) {
    const file = path.relative(ROOT, context.filename).split(path.sep).join("/");
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== "string") return;
      const message = objection(file, specifier, importsTypesOnly(node));
      if (message !== undefined)
        context.report({ node: node.source, message: `${message}: not ${specifier}` });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};

module.exports = { meta: { name: "rooms" }, rules: { "import-directions": importDirections } };
