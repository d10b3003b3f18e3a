/** Forms for values that a JSON Schema describes: the inputs of a workflow, the payload of an event. */

const WHOLE_NUMBER = "integer";

/** Makes the fields for `schemas`, by name; gives them, and what was typed in as values. */
function valuesForm(schemas) {
  const fields = Object.entries(schemas).map(([name, schema], index) => newField(name, schema, `value-${index}`));
  const values = () => Object.fromEntries(fields.flatMap(({ name, read }) => (read() === undefined ? [] : [[name, read()]])));
  return { elements: fields.map(({ block }) => block), values };
}

function newField(name, schema, id) {
  const isRequired = Boolean(schema["x-required"]) && schema.default === undefined;
  const { control, read } = newControl(name, schema, isRequired);
  control.id = id;
  control.name = name;
  const hints = [schema.description, rangeText(schema)].filter(Boolean).join(" · ");
  const hint = element("small", { id: `${id}-hint` }, hints);
  if (hints) control.setAttribute("aria-describedby", hint.id);
  const label = element("label", { for: id }, name, isRequired ? " (required)" : "");
  return { name, read, block: element("div", { class: "field" }, label, control, ...(hints ? [hint] : [])) };
}

function newControl(name, schema, isRequired) {
  if (schema.enum) return choice(schema.enum, schema.default, isRequired);
  if (schema.type === "boolean") return choice([true, false], schema.default, isRequired);
  if (schema.type === WHOLE_NUMBER || schema.type === "number") return numberBox(schema, isRequired);
  if (schema.type === "array" || schema.type === "object" || schema.type === "json") return jsonBox(name, schema, isRequired);
  return textBox(schema, isRequired);
}

function choice(values, chosen, isRequired) {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const control = element("select", {}, ...texts.map((text, index) => element("option", { value: index }, text)));
  if (!isRequired) control.prepend(element("option", { value: "" }, "(not given)"));
  const index = values.findIndex((value) => value === chosen);
  control.value = index >= 0 ? String(index) : isRequired ? "0" : "";
  return { control, read: () => (control.value === "" ? undefined : values[Number(control.value)]) };
}

function numberBox(schema, isRequired) {
  const control = element("input", { type: "number", step: schema.type === WHOLE_NUMBER ? "1" : "any" });
  if (schema.minimum !== undefined) control.min = schema.minimum;
  if (schema.maximum !== undefined) control.max = schema.maximum;
  control.required = isRequired;
  if (schema.default !== undefined && schema.default !== null) control.value = schema.default;
  return { control, read: () => (control.value === "" ? undefined : Number(control.value)) };
}

function textBox(schema, isRequired) {
  const kind = schema.format === "password" ? "password" : "text";
  const control = element("input", { type: kind, spellcheck: "false", autocomplete: "off" });
  control.required = isRequired;
  for (const name of ["minLength", "maxLength"]) if (schema[name] !== undefined) control[name] = schema[name];
  if (schema.default !== undefined && schema.default !== null && kind === "text") control.value = schema.default;
  return { control, read: () => (control.value === "" ? undefined : control.value) };
}

function jsonBox(name, schema, isRequired) {
  const control = element("textarea", { rows: "3", spellcheck: "false", placeholder: "JSON" });
  control.required = isRequired;
  if (schema.default !== undefined && schema.default !== null) control.value = JSON.stringify(schema.default, null, 2);
  const read = () => {
    if (control.value.trim() === "") return undefined;
    try {
      return JSON.parse(control.value);
    } catch (error) {
      throw new Error(`${name} is not JSON: ${error.message}`);
    }
  };
  return { control, read };
}

/** What a value may be, in words. */
function rangeText({ type, minimum, maximum, minLength, maxLength, pattern, format }) {
  const parts = [format ?? (type === "string" ? "" : type)];
  if (minimum !== undefined) parts.push(`from ${minimum}`);
  if (maximum !== undefined) parts.push(`up to ${maximum}`);
  if (minLength !== undefined) parts.push(`at least ${minLength} characters`);
  if (maxLength !== undefined) parts.push(`at most ${maxLength} characters`);
  if (pattern !== undefined) parts.push(`matches ${pattern}`);
  return parts.filter(Boolean).join(", ");
}

/** Shows a form in a dialog; `send` gets its values, and what it throws is said there. */
function askValues(title, schemas, action, send) {
  const { elements, values } = valuesForm(schemas);
  const problem = element("p", { class: "problem", role: "alert" });
  const submit = element("button", { type: "submit", class: "main" }, action);
  const close = button({}, () => dialog.close(), "Close");
  const form = element("form", {}, element("h2", {}, title), ...elements, problem, element("p", { class: "actions" }, submit, close));
  const dialog = element("dialog", { "aria-label": title }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(submit, problem, async () => {
      await send(values());
      dialog.close();
    });
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
