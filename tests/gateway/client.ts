import { expectDescribed } from "../support/described-answers";

export interface ClientRequest {
  token?: string | undefined;
  /** sent as JSON; a string is sent as it is */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface ClientResponse {
  status: number;
  headers: Headers;
  text: string;
  /** the parsed JSON, or null */
  body: unknown;
}

/** Sends requests, and checks every answer against the OpenAPI document. */
export function client(url: () => string) {
  const send = async (method: string, path: string, request: ClientRequest = {}): Promise<ClientResponse> => {
    const { token, headers = {} } = request;
    const response = await fetch(`${url()}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(request.body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(request.body === undefined
        ? {}
        : { body: typeof request.body === "string" ? request.body : JSON.stringify(request.body) }),
    });
    const text = await response.text();
    const isJson = text !== "" && /\bjson\b/.test(response.headers.get("content-type") ?? "");
    const body = isJson ? (JSON.parse(text) as unknown) : null;
    const answer = { status: response.status, headers: response.headers, text, body };
    const contentType = response.headers.get("content-type");
    expectDescribed({ method, path, status: response.status, contentType, body: text });
    return answer;
  };
  return {
    send,
    get: (path: string, request?: ClientRequest) => send("GET", path, request),
    post: (path: string, request?: ClientRequest) => send("POST", path, request),
    put: (path: string, request?: ClientRequest) => send("PUT", path, request),
    patch: (path: string, request?: ClientRequest) => send("PATCH", path, request),
    delete: (path: string, request?: ClientRequest) => send("DELETE", path, request),
  };
}
export type Client = ReturnType<typeof client>;

/** The fields that an error names. */
export function fieldsOf(body: unknown): string[] {
  return ((body as { errors?: { field: string }[] }).errors ?? []).map(({ field }) => field);
}
