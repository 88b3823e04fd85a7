import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { describeApi } from "../../gateway/openapi";
import { resources } from "../../gateway/routes";

interface Media {
  schema: object;
}
interface Described {
  content?: Record<string, Media>;
}
interface Operation {
  responses: Record<string, Described | { $ref: string }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object>; responses: Record<string, Described> };
}

/** An answer of the gateway to a request. */
export interface Answered {
  method: string;
  path: string;
  status: number;
  contentType: string | null;
  /** as text; empty when there was none */
  body: string;
}

const config = { publicUrl: "https://billing.example" };
const document = describeApi(resources(config), config) as Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: "api", ...document });

const PROBLEM = "application/problem+json";
/** The files of pages, which the document leaves out. */
const FILES = /^\/api\/(?:pay|docs)\/[\w.-]+$/;
const validators = new Map<string, ValidateFunction>();

/**
 * Checks an answer against the OpenAPI document: its status and content type are described, and its JSON is
 * as described, without further fields. Where nothing is described, only a problem may be answered.
 * @throws Error that says what is not described
 */
export function expectDescribed(answer: Answered): void {
  const { method, path, status, contentType, body } = answer;
  if (method === "HEAD" || method === "OPTIONS" || FILES.test(path)) return;
  const type = contentType?.split(";")[0] ?? "";
  const response = describedResponse(answer);
  if (response === undefined) {
    if (status < 400) throw failure(answer, "its status is not described");
    check(answer, type, "#/components/schemas/Problem", PROBLEM);
    return;
  }
  if (response.content === undefined) {
    if (body !== "") throw failure(answer, "no body is described");
    return;
  }
  const media = response.content[type];
  if (media === undefined) throw failure(answer, `${type} is not described`);
  if (type.endsWith("json")) check(answer, type, media.schema, type);
}

function describedResponse({ method, path, status }: Answered): Described | undefined {
  const plain = path.split("?")[0]?.replace(/(.)\/$/, "$1") ?? "";
  const full = /^\/(?:plans|subscriptions|invoices)\b/.test(plain) ? `/api${plain}` : plain;
  const [, item] =
    Object.entries(document.paths).find(([each]) => each === full) ??
    Object.entries(document.paths).find(([each]) =>
      new RegExp(`^${each.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(full),
    ) ??
    [];
  const responses = item?.[method.toLowerCase()]?.responses;
  const found = responses?.[status] ?? responses?.[`${Math.floor(status / 100)}XX`];
  if (found === undefined || !("$ref" in found)) return found;
  return document.components.responses[found.$ref.split("/").at(-1) ?? ""];
}

function check(answer: Answered, type: string, schema: object | string, expectedType: string): void {
  if (type !== expectedType) throw failure(answer, `its content type is ${type}, not ${expectedType}`);
  const key = JSON.stringify(schema);
  const validate = validators.get(key) ?? ajv.compile(inDocument(schema));
  validators.set(key, validate);
  if (!validate(JSON.parse(answer.body)))
    throw failure(answer, `${ajv.errorsText(validate.errors)}: ${answer.body.slice(0, 500)}`);
}

/** A schema of the document, whose references are those of the whole document. */
function inDocument(schema: object | string): object {
  const json = typeof schema === "string" ? JSON.stringify({ $ref: schema }) : JSON.stringify(schema);
  return JSON.parse(json.replaceAll('"$ref":"#/', '"$ref":"api#/')) as object;
}

function failure({ method, path, status }: Answered, why: string): Error {
  return new Error(`${method} ${path} answered ${status}: ${why}`);
}
