// Form fields of Block Kit as native controls: they bring keyboard and screen-reader behaviour with them.

import { h } from "./dom.js";
import { text } from "./blocks.js";

const options = (item) => item.options ?? (item.option_groups ?? []).flatMap((group) => group.options);

// A native list shows text only, and not every machine has a font with the circles that `emojis` draws elsewhere.
function choice(option) {
  return h("option", { value: option.value }, option.text.text.replace(/^[🔴🟠🟡🟢🔵🟣⚪⚫]\ufe0f? ?/u, ""));
}

function select(item, given) {
  const placeholder = h("option", { value: "" }, item.placeholder?.text ?? "Choose…");
  let choices = (item.option_groups ?? []).map((group) => h("optgroup", { label: group.label.text }, group.options.map(choice)));
  if (item.options) choices = item.options.map(choice);
  if (item.type === "users_select") {
    choices = [...given.context.people.values()].filter((p) => !p.bot).map((p) => h("option", { value: p.id }, p.real_name));
  }
  const node = h("select", given.attributes, placeholder, choices);
  node.value = given.kept ?? item.initial_option?.value ?? item.initial_user ?? "";
  return node;
}

function tick(kind, item, option, given) {
  const initial = [item.initial_option, ...(item.initial_options ?? [])].some((other) => other?.value === option.value);
  const checked = given.kept === undefined ? initial : [given.kept].flat().includes(option.value);
  const node = h("input", {
    type: kind, name: `${given.context.scope}-${item.action_id}`, value: option.value, "data-testid": `option-${option.value}`,
    "aria-invalid": given.attributes["aria-invalid"],
  });
  node.checked = checked;
  return h("label", { class: "tick" }, node, h("span", {}, text(option.text, given.context),
    option.description ? h("small", {}, text(option.description, given.context)) : null));
}

function ticks(kind, item, given) {
  return h("fieldset", { ...given.attributes, role: kind === "radio" ? "radiogroup" : "group" },
    options(item).map((option) => tick(kind, item, option, given)));
}

function typed(item, given) {
  const types = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time" };
  const common = { ...given.attributes, placeholder: item.placeholder?.text, maxlength: item.max_length };
  const node = item.multiline ? h("textarea", { ...common, rows: 4 }) : h("input", { ...common, type: types[item.type] ?? "text" });
  node.value = given.kept ?? item.initial_value ?? item.initial_date ?? item.initial_time ?? "";
  return node;
}

function build(item, given) {
  if (item.type === "radio_buttons") return ticks("radio", item, given);
  if (item.type === "checkboxes") return ticks("checkbox", item, given);
  if (["static_select", "users_select"].includes(item.type)) return select(item, given);
  if (item.type === "multi_static_select") {
    const node = select(item, given);
    node.multiple = true;
    return node;
  }
  return typed(item, given);
}

export function field(item, { context, label, required, describedBy, changed }) {
  const node = build(item, {
    context,
    kept: context.kept?.[item.action_id],
    attributes: {
      "aria-label": label, "aria-required": required ? "true" : undefined, "aria-invalid": describedBy ? "true" : undefined,
      "aria-describedby": describedBy, "data-testid": `input-${item.action_id}`, "data-action": item.action_id,
      "data-kind": item.type, autofocus: item.focus_on_load,
    },
  });
  node.addEventListener("change", () => changed?.(valueOf(node)));
  return node;
}

// What stands in a field now; undefined when nothing was chosen.
export function valueOf(node) {
  const ticked = [...node.querySelectorAll("input:checked")].map((box) => box.value);
  switch (node.dataset.kind) {
    case "radio_buttons": return ticked[0];
    case "checkboxes": return ticked;
    case "multi_static_select": return [...node.selectedOptions].map((option) => option.value).filter(Boolean);
    default: return node.value === "" ? undefined : node.value;
  }
}

export function valuesIn(root) {
  const entries = [...root.querySelectorAll("[data-action]")].map((node) => [node.dataset.action, valueOf(node)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
