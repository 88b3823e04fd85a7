declare module "js-yaml" {
  /** Reads a YAML document that holds plain data. */
  export function safeLoad(text: string): unknown;
}
