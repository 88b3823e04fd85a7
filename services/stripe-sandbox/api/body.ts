import type { IncomingMessage } from "node:http";
import { ApiError } from "./errors";

const MAX_BODY_BYTES = 64 * 1024;
const FORM = "application/x-www-form-urlencoded";

/**
 * Reads a form-encoded body; a request without one is an empty form.
 * @throws ApiError 413 above 64 KB, 400 for another content type
 */
export async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new ApiError(
        413,
        { type: "invalid_request_error", message: "The request body is too large." },
        false,
      );
    }
    chunks.push(chunk);
  }
  const type = (request.headers["content-type"] ?? FORM).split(";", 1)[0]?.trim().toLowerCase();
  if (size > 0 && type !== FORM) {
    const message = `Invalid request (check that your POST content type is ${FORM}).`;
    throw new ApiError(400, { type: "invalid_request_error", message }, false);
  }
  return Buffer.concat(chunks).toString("utf8");
}
