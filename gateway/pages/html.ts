/** Markup that needs no escaping. */
export class Html {
  constructor(readonly markup: string) {}
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function render(value: string | Html | readonly Html[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string")
    return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
  return value instanceof Html ? value.markup : value.map(({ markup }) => markup).join("");
}

/**
 * A template literal that escapes every text in it; `Html` stays as it is. Attribute values need quotes.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: (string | Html | readonly Html[] | undefined)[]
): Html {
  return new Html(parts.map((part, index) => part + render(values[index])).join(""));
}
