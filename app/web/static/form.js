// A form for the body of an action, made from the OpenAPI document: what the service takes is what can be filled in.

import { api, element } from "./dom.js";
import { FIELDS, VALUES, word } from "./words.js";

const LONG = new Set(["text", "reason", "content", "measures", "legal_basis", "note", "request"]);
let spec = null;

export async function bodyOf(path, method) {
  spec ??= await api("/api/openapi.json");
  return resolve(spec.paths[path][method].requestBody.content["application/json"].schema);
}

// The field names of a schema with a way to read each: `{node, read}`; read gives undefined where nothing is filled in.
export function fields(schema, context) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([name, kind]) => [name, field(name, resolve(kind), required.has(name), context)]);
}

export function values(made) {
  const read = made.map(([name, one]) => [name, one.read()]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(read);
}

function resolve(schema) {
  const real = schema.anyOf?.find((one) => one.type !== "null") ?? schema;
  return real.$ref ? spec.components.schemas[real.$ref.split("/").at(-1)] : real;
}

function field(name, schema, required, context) {
  if (schema.type === "object") return group(name, schema, context);
  const input = control(name, schema, required, context);
  if (required && !input.multiple) input.required = true;
  const label = element("label", word(FIELDS, name));
  label.append(input);
  return { node: label, read: () => value(input, schema) };
}

function group(name, schema, context) {
  // Within a reply the unit is a name: whose answer it is.
  const inner = fields(schema, { ...context, named: true });
  const node = element("fieldset");
  node.append(element("legend", word(FIELDS, name)), ...inner.map(([, one]) => one.node));
  return { node, read: () => values(inner) };
}

function control(name, schema, required, context) {
  if (schema.type === "array") return select(context.units, { multiple: "", size: "5" });
  if (name === "unit" && context.named) return element("input", undefined, { type: "text", value: nameOf(context) });
  if (name === "unit" && schema.minLength) return select(context.unit ? context.units.filter(([id]) => id === context.unit) : context.units);
  if (name === "unit" || name === "suggested_unit") return select([["", ""], ...context.units]);
  if (schema.enum) return select([...(required ? [] : [["", ""]]), ...schema.enum.map((one) => [one, word(VALUES, one)])]);
  if (schema.type === "boolean") return select([["", ""], ["true", "是"], ["false", "否"]]);
  if (LONG.has(name)) return element("textarea", undefined, { rows: "3", maxlength: schema.maxLength ?? 5000 });
  const type = schema.format === "date-time" ? "datetime-local" : schema.type === "integer" ? "number" : "text";
  return element("input", undefined, { type });
}

const nameOf = (context) => context.units.find(([id]) => id === context.unit)?.[1] ?? "";

function select(options, attributes = {}) {
  const made = element("select", undefined, attributes);
  made.append(...options.map(([value, text]) => element("option", text, { value })));
  return made;
}

function value(input, schema) {
  if (schema.type === "array") {
    const units = [...input.selectedOptions].map((one) => one.value);
    return units.map((unit, index) => ({ unit, role: index ? "assisting" : "lead" }));
  }
  if (input.value === "") return undefined;
  if (schema.type === "boolean") return input.value === "true";
  return schema.type === "integer" ? Number(input.value) : input.value;
}
