import type { IncomingMessage } from "node:http";
import { BillingError, invalid } from "../shared/errors";

/**
 * Reads the body of a request as text.
 * @throws BillingError 413 for a body above the limit, 415 for a compressed one, 400 for one that ends early
 */
export async function readText(request: IncomingMessage, limit_bytes: number): Promise<string> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new BillingError(
      415,
      "request.unsupported_encoding",
      "The body is compressed. Send it without Content-Encoding.",
    );
  }
  const tooLarge = new BillingError(
    413,
    "request.too_large",
    `The body is too large. Send at most ${limit_bytes} bytes.`,
  );
  if (Number(request.headers["content-length"] ?? 0) > limit_bytes) throw tooLarge;

  const chunks: Buffer[] = [];
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limit_bytes) chunks.push(chunk);
      // The rest is still read: a client that cannot finish sending does not read the answer.
      else reject(tooLarge);
    });
    request.once("end", resolve);
    request.once("error", () =>
      reject(new BillingError(400, "request.aborted", "The body ended too early.")),
    );
  });
  return Buffer.concat(chunks).toString("utf8");
}

/**
 * Parses a JSON body. An empty body counts as `{}`, so that the answer names each missing field.
 * @param contentType the request's header
 * @throws BillingError 415 when the header does not say JSON, 400 when the text is not JSON
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
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid({ field: "body", message: "is not valid JSON" });
  }
}
