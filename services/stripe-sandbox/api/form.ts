import { invalidParam } from "./errors";

/** What a form-encoded body holds: `a[b][0]=x` is `{a: {b: ["x"]}}`; every leaf is a string. */
export type FormValue = string | FormValue[] | FormObject;
export interface FormObject {
  [key: string]: FormValue;
}

const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;
const MAX_DEPTH = 6;

interface Node {
  leaf?: string;
  children: Map<string, Node>;
}

function segmentsOf(name: string): string[] {
  const match = NAME.exec(name);
  if (!match) throw invalidParam(name, `Invalid parameter name: ${name}`);
  const rest = match[2] === undefined || match[2] === "" ? [] : match[2].slice(1, -1).split("][");
  if (rest.length > MAX_DEPTH) throw invalidParam(name, `Parameter is nested too deeply: ${name}`);
  return [match[1] ?? "", ...rest];
}

function insert(root: Node, name: string, value: string): void {
  let node = root;
  for (const segment of segmentsOf(name)) {
    // "a[]=x&a[]=y" appends: an empty segment takes the next free index.
    const key = segment === "" ? String(node.children.size) : segment;
    const next: Node = node.children.get(key) ?? { children: new Map() };
    node.children.set(key, next);
    node = next;
  }
  node.leaf = value;
}

function toValue(node: Node, name: string): FormValue {
  if (node.leaf !== undefined) {
    if (node.children.size > 0) throw invalidParam(name, `Parameter is both a value and a hash: ${name}`);
    return node.leaf;
  }
  const keys = [...node.children.keys()];
  if (keys.every((key) => /^\d+$/.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => childValue(node, key, name));
  }
  return toObject(node, name);
}

function childValue(node: Node, key: string, name: string): FormValue {
  return toValue(node.children.get(key) ?? { children: new Map() }, `${name}[${key}]`);
}

function toObject(node: Node, name = ""): FormObject {
  // With entries instead of assignments, "__proto__" is a key like any other.
  return Object.fromEntries(
    [...node.children].map(([key, child]) => [key, toValue(child, name === "" ? key : `${name}[${key}]`)]),
  );
}

/**
 * Reads `application/x-www-form-urlencoded` text with Stripe's brackets for lists and hashes.
 * @throws ApiError 400 for a malformed name
 */
export function parseForm(text: string): FormObject {
  const root: Node = { children: new Map() };
  for (const [name, value] of new URLSearchParams(text)) insert(root, name, value);
  return toObject(root);
}
