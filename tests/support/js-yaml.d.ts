declare module "js-yaml" {
  /** Parses a YAML document. */
  export function safeLoad(text: string): unknown;
}
