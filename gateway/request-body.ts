import type { IncomingMessage } from "node:http";
import { BillingError, invalid } from "../shared/errors";

/**
 * The body of a request as text, byte for byte.
 * @throws BillingError 413 for one above the limit, 415 for a compressed one, 400 for one that breaks off
 */
export async function readText(request: IncomingMessage, limit_bytes: number): Promise<string> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new BillingError(415, "request.unsupported_encoding", "Send the body uncompressed.");
  }
  const tooLarge = new BillingError(
    413,
    "request.too_large",
    `The body may have at most ${limit_bytes} bytes.`,
  );
  if (Number(request.headers["content-length"] ?? 0) > limit_bytes) throw tooLarge;

  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit_bytes) chunks.push(chunk);
      // What still comes is read and forgotten: else the connection would be stuck, and the sender not read
      // the answer.
      else reject(tooLarge);
    });
    request.once("end", resolve);
    request.once("error", () => reject(new BillingError(400, "request.aborted", "The body broke off.")));
  });
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * The JSON of a body; no body at all is an object without fields, so that each missing one is named.
 * @param contentType the request's header
 * @throws BillingError 415 for a body that is not declared as JSON, 400 for one that is none
 */
export function parseJson(text: string, contentType: string | undefined): unknown {
  if (text === "") return {};
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? "")) {
    throw new BillingError(415, "request.unsupported_media_type", "Send the body as application/json.");
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid({ field: "body", message: "is not valid JSON" });
  }
}
