import { expectDescribed } from "./described-answers";

/** An HTTP response. `body` is the parsed JSON, null when there is none. */
export interface Answer {
  status: number;
  headers: Headers;
  // `never` can be passed to everything: each test states the shape that it expects.
  body: never;
}

/** A REST client for tests, signed in or not. It checks every answer against the OpenAPI document. */
export class RestClient {
  readonly #base: string;
  /** the access token that it sends */
  readonly token: string | undefined;

  /** @param base such as `http://127.0.0.1:3000` */
  constructor(base: string, token?: string) {
    this.#base = base;
    this.token = token;
  }

  get(path: string): Promise<Answer> {
    return this.#send("GET", path);
  }

  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.#send("POST", path, body, headers);
  }

  put(path: string, body?: unknown): Promise<Answer> {
    return this.#send("PUT", path, body);
  }

  patch(path: string, body?: unknown): Promise<Answer> {
    return this.#send("PATCH", path, body);
  }

  delete(path: string): Promise<Answer> {
    return this.#send("DELETE", path);
  }

  /** Signs in. @returns a client that sends the access token. @throws Error when the login is refused */
  async signIn(username: string, password: string): Promise<RestClient> {
    const { status, body } = await this.post("/api/token/", { username, password });
    if (status !== 200) throw new Error(`signing in as ${username} gave ${status}`);
    return new RestClient(this.#base, (body as { access: string }).access);
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get("content-type");
    expectDescribed({ method, path, status: response.status, contentType, body: text });
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? null : JSON.parse(text)) as never,
    };
  }
}

/**
 * Confirms a payment intent with a card at the sandbox, as a browser with Stripe.js does.
 * @param card a test card such as `pm_card_visa`
 * @returns the HTTP status, 200 or 402
 */
export async function payByCard(
  sandboxUrl: string,
  intent: { client_secret: string; payment_intent_id: string; publishable_key: string },
  card: string,
): Promise<number> {
  const response = await fetch(`${sandboxUrl}/v1/payment_intents/${intent.payment_intent_id}/confirm`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${intent.publishable_key}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({ client_secret: intent.client_secret, payment_method: card }),
  });
  return response.status;
}
