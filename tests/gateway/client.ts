import { resources } from "../../gateway/routes";

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

/** Sends requests, and checks every successful JSON answer against the schema of its route. */
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
    if (answer.status < 400 && method !== "HEAD") expectDescribed(method, path, answer);
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

function expectDescribed(method: string, path: string, { status, headers, body }: ClientResponse): void {
  const [plain = ""] = path.split("?");
  const full = /^\/(plans|subscriptions|invoices)\b/.test(plain) ? `/api${plain}` : plain;
  const route = resources({ testClock: true })
    .flatMap(({ routes }) => routes)
    .filter((each) => each.method === method.toLowerCase())
    .find((each) =>
      new RegExp(`^${each.path.replace(/\/$/, "").replaceAll(/\{\w+\}/g, "[^/]+")}/?$`).test(full),
    );
  if (route === undefined) return;
  const described = route.response[status];
  if (described === undefined)
    throw new Error(`${method} ${path} answered ${status}, which its route does not have`);
  const json = [described].flat().find((each) => each !== null && typeof each !== "string");
  if (headers.get("content-type")?.includes("json") === true) json?.parse(body);
}

/** The fields that an error names. */
export function fieldsOf(body: unknown): string[] {
  return ((body as { errors?: { field: string }[] }).errors ?? []).map(({ field }) => field);
}
