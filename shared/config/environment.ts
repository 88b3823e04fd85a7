import { z } from "zod";
import { currencyCode } from "../money";
import { isTimeZone } from "../time";
import { oncePerSchema, postgresUrl } from "./databases";
import { SERVICE_NAMES } from "./service-names";

const port = z.coerce.number({ error: "must be a port number, from 0 to 65535" }).int().min(0).max(65_535);
const flag = z
  .enum(["true", "false"], { error: "must be true or false" })
  .transform((text) => text === "true");
export const serviceList = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter(Boolean),
  )
  .pipe(z.array(z.enum(SERVICE_NAMES)).min(1));

const timeZone = z
  .string()
  .refine(isTimeZone, { error: "is not an IANA time zone, such as UTC or Europe/Berlin" });

export const logLevel = z.enum(["fatal", "error", "warn", "info", "debug", "trace"]);

export const logFormat = z.enum(["json", "pretty"]);

/** The environment variables and the form of each. The README's table says what they mean. */
export const variables = z.object({
  PORT: port.default(3000),
  HOST: z.string().default("127.0.0.1"),
  METRICS_PORT: port.optional(),
  DATABASE_URL: postgresUrl.optional(),
  ...oncePerSchema("DATABASE_URL", postgresUrl.optional()),
  DATA_DIR: z.string().default(".data"),
  NATS_URL: z
    .string()
    .refine(isNatsUrl, { error: "must be a URL, such as nats://user:password@host:4222" })
    .optional(),
  NATS_CA_FILE: z.string().min(1).optional(),
  SERVICES: serviceList.default([...SERVICE_NAMES]),
  STAFF_USERNAME: z.string().min(1).optional(),
  STAFF_EMAIL: z.email({ error: "must be an email address" }).optional(),
  STAFF_PASSWORD: z.string().min(8).max(128).optional(),
  STAFF_TOTP: z.enum(["optional", "required"], { error: "must be optional or required" }).default("optional"),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_/, "must start with sk_test_ or sk_live_")
    .optional(),
  STRIPE_PUBLISHABLE_KEY: z
    .string()
    .regex(/^pk_(test|live)_/, "must start with pk_test_ or pk_live_")
    .optional(),
  STRIPE_WEBHOOK_SECRET: z.string().startsWith("whsec_", "must start with whsec_").optional(),
  STRIPE_API_BASE: z.url().optional(),
  STRIPE_JS_URL: z.url().optional(),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/, error: "must be a URL, such as smtps://user:password@host" })
    .optional(),
  MAIL_FROM: z.string().default("billing@localhost"),
  DEFAULT_CURRENCY: currencyCode.default("usd"),
  INVOICE_DUE_DAYS: z.coerce
    .number({ error: "must be a whole number of days" })
    .int()
    .min(0)
    .max(365)
    .default(7),
  BILLING_TIMEZONE: timeZone.default("UTC"),
  REGISTRATIONS_PER_HOUR: z.coerce
    .number({ error: "must be a whole number above 0" })
    .int()
    .min(1)
    .max(1_000_000)
    .default(20),
  EMAIL_CONFIRMATION: z
    .enum(["optional", "required"], { error: "must be optional or required" })
    .default("optional"),
  TRUST_PROXY: flag.default(false),
  TEST_CLOCK: flag.default(false),
  LOG_LEVEL: logLevel.optional(),
  LOG_FORMAT: logFormat.optional(),
  SELLER_NAME: z.string().trim().min(1).max(200).optional(),
  SELLER_ADDRESS: z.string().max(1000).optional(),
  SELLER_LOGO: z
    .string()
    .regex(/\.(?:svg|png|jpe?g|webp)$/i, "must be the path of an .svg, .png, .jpg or .webp file")
    .optional(),
  PUBLIC_URL: z
    .url({
      protocol: /^https?$/,
      error: "must be a URL, such as https://billing.example.com or https://example.com/billing",
    })
    .refine((url) => !/[?#]/.test(url), { error: "must have no query and no fragment" })
    .optional(),
});

export type Variables = z.infer<typeof variables>;

/** Whether these are URLs, separated by commas, of which one can be `host:port` alone. */
function isNatsUrl(value: string): boolean {
  return value.split(",").every((part) => {
    const text = part.includes("://") ? part.trim() : `nats://${part.trim()}`;
    if (!URL.canParse(text)) return false;
    const { host, username, password } = new URL(text);
    return host !== "" && isDecodable(username + password);
  });
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
