"use strict";

const path = require("node:path");

const SANDBOX = "services/stripe-sandbox/";
const ROOT = path.resolve(__dirname, "../..");

/**
 * Packages that only some folders may import. Their types may be imported everywhere but in domain code.
 * A folder is matched at the start of a path; one with a leading slash is matched anywhere in it.
 */
const RESTRICTED_PACKAGES = {
  stripe: ["services/payments/", "services/stripe-sandbox/"],
  "@stripe/stripe-js": ["services/stripe-sandbox/", "gateway/pages/browser/"],
  knex: ["shared/db/", "/migrations/"],
  objection: ["shared/db/", "/models/"],
  pg: ["shared/db/"],
};
/**
 * The folders and files of shared/. Each may import those of the lines before its own. Those of one line do
 * not import each other.
 */
const SHARED_ORDER = [
  ["money", "time", "errors.ts", "states.ts"],
  ["config"],
  ["contracts"],
  ["db"],
  ["events"],
  ["service"],
  ["process"],
  ["console"],
];

/** Restricted packages whose types are restricted too. */
const RESTRICTED_TYPES = new Set(["stripe", "@stripe/stripe-js"]);

/**
 * Why a file must not import something, undefined when it may.
 *
 * @param {string} file the importing file, relative to the project, with slashes
 * @param {string} specifier as written in the import
 * @param {boolean} isType true when only types are imported
 */
function whyRefused(file, specifier, isType) {
  if (file.startsWith("tests/")) return undefined;
  if (file === "moleculer.config.ts") return undefined;
  const target = specifier.startsWith(".") ? path.posix.join(path.posix.dirname(file), specifier) : undefined;
  if (file.startsWith(SANDBOX) && target !== undefined && !target.startsWith(SANDBOX)) {
    return "the Stripe sandbox imports nothing of the product";
  }
  if (file.includes("/domain/")) return whyRefusedInDomain(file, target, isType);
  return target === undefined
    ? whyPackageRefused(file, specifier, isType)
    : whyFolderRefused(file, `${target}/`);
}

function whyFolderRefused(file, target) {
  const [top = "", name = ""] = file.split("/");
  if (target.startsWith("tests/")) return "only tests import tests";
  if (top === "shared" && /^(services|gateway)\//.test(target))
    return "shared/ imports neither services nor the gateway";
  if (top === "shared") return whySharedRefused(file, target);
  if (target.startsWith(SANDBOX)) return whySandboxRefused(file);
  if (target.startsWith("shared/")) return undefined;
  if (top === "services" && !target.startsWith(`services/${name}/`))
    return "a service imports itself and shared/ only";
  if (top === "gateway" && !target.startsWith("gateway/"))
    return "the gateway imports itself and shared/ only";
  return undefined;
}

function whySharedRefused(file, target) {
  if (!target.startsWith("shared/")) return undefined;
  const [from, to] = [levelOf(file), levelOf(target)];
  if (from === -1)
    return `this folder of shared/ has no place in the import order ${SHARED_ORDER.flat().join(", ")}`;
  if (folderOf(file) === folderOf(target) || to < from) return undefined;
  return `the import order of shared/ is ${SHARED_ORDER.map((level) => level.join(" | ")).join(" <- ")}`;
}

/** The folder of shared/ that a path is in. A file directly in shared/ counts as a folder of its own. */
function folderOf(place) {
  const [, name = ""] = place.split("/");
  return ["errors", "states"].includes(name) ? `${name}.ts` : name;
}

function levelOf(place) {
  return SHARED_ORDER.findIndex((level) => level.includes(folderOf(place)));
}

/** Payments starts the sandbox and then uses it through Stripe's own SDK only. */
function whySandboxRefused(file) {
  if (file.startsWith(SANDBOX) || file.startsWith("services/payments/stripe/")) return undefined;
  return "only services/payments/stripe/ imports the Stripe sandbox";
}

function whyRefusedInDomain(file, target, isType) {
  const own = file.slice(0, file.lastIndexOf("/domain/") + "/domain/".length);
  const mayUse = [
    own,
    "shared/money/",
    "shared/time/",
    "shared/states/",
    ...(isType ? ["shared/contracts/"] : []),
  ];
  if (target !== undefined && mayUse.some((folder) => `${target}/`.startsWith(folder))) return undefined;
  return "domain code imports only domain code, money, time, states and types of contracts";
}

function whyPackageRefused(file, specifier, isType) {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const folders = Object.hasOwn(RESTRICTED_PACKAGES, name) ? RESTRICTED_PACKAGES[name] : undefined;
  if (folders === undefined || (isType && !RESTRICTED_TYPES.has(name))) return undefined;
  const mayUse = folders.some((folder) =>
    folder.startsWith("/") ? file.includes(folder) : file.startsWith(folder),
  );
  return mayUse ? undefined : `only ${folders.join(" and ")} import ${name}`;
}

function importsTypesOnly(node) {
  if (node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type") return true;
  const names = node.specifiers ?? [];
  return names.length > 0 && names.every((name) => name.importKind === "type" || name.exportKind === "type");
}

/** Imports between the parts of the project go one way. */
module.exports = {
  create(context) {
    const file = path.relative(ROOT, context.filename).split(path.sep).join("/");
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== "string") return;
      const reason = whyRefused(file, specifier, importsTypesOnly(node));
      if (reason !== undefined) context.report({ node: node.source, message: `${reason}: not ${specifier}` });
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
