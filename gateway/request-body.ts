import type { IncomingMessage } from "node:http";
import { findBrokenText } from "../shared/contracts/unicode";
import { BillingError, invalid } from "../shared/errors";

/** Keeps a byte order mark, so that signatures can be checked; throws for bytes that are not UTF-8. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF8_NAMES = new Set(["utf-8", "utf8"]);
const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;]*))/gi;

/**
 * Reads the body of a request as text.
 * @throws BillingError 413 for a body above the limit, 415 for a compressed one and for another charset, 400
 *   for one that ends early or is not UTF-8
 */
export async function readText(request: IncomingMessage, limit_bytes: number): Promise<string> {
  const { headers } = request;
  requirePlain(headers["content-encoding"]);
  requireUtf8(headers["content-type"]);
  if (Number(headers["content-length"] ?? 0) > limit_bytes) throw tooLarge(limit_bytes);
  const bytes = await readBytes(request, limit_bytes);
  try {
    return UTF8.decode(bytes);
  } catch {
    throw invalid({ field: "body", message: "is not UTF-8" });
  }
}

/** 413. @param limit_bytes how many bytes a body may have */
export function tooLarge(limit_bytes: number): BillingError {
  return new BillingError(
    413,
    "request.too_large",
    `The body is too large. Send at most ${limit_bytes} bytes.`,
  );
}

/** @throws BillingError 415 for anything but `identity`, which means that nothing was done to the body */
function requirePlain(contentEncoding: string | undefined): void {
  const codings = (contentEncoding ?? "").split(",").map((coding) => coding.trim().toLowerCase());
  if (codings.every((coding) => coding === "" || coding === "identity")) return;
  throw new BillingError(
    415,
    "request.unsupported_encoding",
    "The body is compressed. Send it without Content-Encoding.",
  );
}

/** @throws BillingError 415 for a charset other than UTF-8 */
function requireUtf8(contentType: string | undefined): void {
  const charsets = [...(contentType ?? "").matchAll(CHARSET)].map(([, quoted, plain]) => quoted ?? plain);
  if (charsets.every((charset) => UTF8_NAMES.has(charset?.trim().toLowerCase() ?? ""))) return;
  throw new BillingError(415, "request.unsupported_charset", "Send the body as UTF-8.");
}

async function readBytes(request: IncomingMessage, limit_bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit_bytes) chunks.push(chunk);
      // The rest is still read: a client that cannot finish sending does not read the answer.
      else reject(tooLarge(limit_bytes));
    });
    request.once("end", resolve);
    request.once("error", () =>
      reject(new BillingError(400, "request.aborted", "The body ended too early.")),
    );
  });
  return Buffer.concat(chunks);
}

/**
 * Parses a JSON body. An empty body counts as `{}`, so that the answer names each missing field.
 * @param contentType the request's header
 * @throws BillingError 415 when the header does not say JSON, 400 when the text is not JSON or when a text in
 *   it is not Unicode
 */
export function parseJson(text: string, contentType: string | undefined): unknown {
  if (text === "") return {};
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? "")) {
    throw new BillingError(
      415,
      "request.unsupported_media_type",
      "Send the body as JSON, with Content-Type: application/json.",
    );
  }
  const parsed = parsedJson(text);
  const broken = findBrokenText(parsed);
  if (broken === undefined) return parsed;
  throw invalid({ field: broken === "" ? "body" : broken, message: "holds half of a surrogate pair" });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid({ field: "body", message: "is not valid JSON" });
  }
}
