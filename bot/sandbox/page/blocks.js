// Block Kit as DOM nodes, for messages and modals alike. `context.press(element, block, choice)` is told of actions.

import { h, link, safeHref } from "./dom.js";
import { field } from "./fields.js";
import { markdown } from "./markdown.js";
import { dateNode, emojis, mention, mrkdwn } from "./mrkdwn.js";
import { confirmed, menu } from "./menus.js";

export function text(object, context) {
  if (!object) return [];
  if (object.type === "plain_text") return emojis(object.text);
  return mrkdwn(object.text, context.people, object.verbatim === true);
}

function button(element, block, context) {
  const press = async (event) => {
    const node = event.currentTarget;
    // A double click is one click: its second half may even fall on the button that took the first one's place.
    if (event.detail > 1 || node.getAttribute("aria-busy")) return;
    if (element.confirm && !(await confirmed(element.confirm, context))) return;
    if (element.url && safeHref(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
    node.setAttribute("aria-busy", "true");
    await context.press(element, block);
    node.removeAttribute("aria-busy");
  };
  return h("button", {
    type: "button", class: `button ${element.style ?? ""}`, onclick: press,
    "aria-label": element.accessibility_label, "data-testid": `button-${element.action_id}`,
  }, text(element.text, context));
}

function overflow(element, block, context) {
  const choose = async (option) => {
    if (element.confirm && !(await confirmed(element.confirm, context))) return;
    if (option.url && safeHref(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
    await context.press(element, block, option.value);
  };
  return menu(element, (option) => text(option.text, context), choose);
}

function feedback(element, block, context) {
  return ["positive_button", "negative_button"].map((side) => h("button", {
    type: "button", class: "button quiet", "aria-label": element[side].accessibility_label,
    "data-testid": `button-${element.action_id}-${side.split("_")[0]}`,
    onclick: () => context.press(element, block, element[side].value),
  }, side === "positive_button" ? "▲ " : "▼ ", text(element[side].text, context)));
}

export function element(item, block, context) {
  switch (item.type) {
    case "button": return button(item, block, context);
    case "overflow": return overflow(item, block, context);
    case "feedback_buttons": return h("span", { class: "pair" }, feedback(item, block, context));
    case "icon_button": return button(item, block, context);
    case "image": return picture(item);
    case "plain_text": case "mrkdwn": return h("span", {}, text(item, context));
    default: return field(item, {
      context, label: item.placeholder?.text ?? item.action_id,
      changed: (choice) => context.inMessage && context.press(item, block, choice),
    });
  }
}

// Images of the workspace's own are shown; others are not fetched: the page asks no outside host for anything.
export function picture(item) {
  const id = item.slack_file?.id;
  if (id) return h("img", { class: "file", src: `/page/files/${encodeURIComponent(id)}`, alt: item.alt_text });
  return h("span", { class: "picture", role: "img", "aria-label": item.alt_text }, `🖼 ${item.alt_text}`);
}

function richInline(item, context) {
  const styles = item.style ?? {};
  let node;
  switch (item.type) {
    case "text": node = h("span", { class: "verbatim" }, emojis(item.text)); break;
    case "link": node = link(item.url, item.text || item.url); break;
    case "emoji": node = h("span", {}, emojis(`:${item.name}:`)); break;
    case "user": node = mention(item.user_id, context.people); break;
    case "channel": node = h("span", { class: "mention" }, `#${item.channel_id}`); break;
    case "broadcast": node = h("span", { class: "mention loud" }, `@${item.range}`); break;
    case "date": node = dateNode(item.timestamp, item.format, item.fallback ?? "", item.url); break;
    default: node = document.createTextNode(item.value ?? item.usergroup_id ?? "");
  }
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"]]) {
    if (styles[name]) node = h(tag, {}, node);
  }
  return node;
}

function richText(block, context) {
  const inline = (part) => part.elements.map((item) => richInline(item, context));
  return h("div", { class: "block rich" }, block.elements.map((part) => {
    if (part.type === "rich_text_preformatted") return h("pre", { tabindex: "0" }, inline(part));
    if (part.type === "rich_text_quote") return h("blockquote", {}, inline(part));
    if (part.type !== "rich_text_list") return h("p", {}, inline(part));
    const tag = part.style === "ordered" ? "ol" : "ul";
    return h(tag, { class: `indent-${part.indent ?? 0}`, start: part.offset ? part.offset + 1 : undefined },
      part.elements.map((item) => h("li", {}, inline(item))));
  }));
}

function section(block, context) {
  return h("div", { class: "block section" },
    h("div", { class: "words" },
      block.text ? h("p", {}, text(block.text, context)) : null,
      block.fields ? h("div", { class: "fields" }, block.fields.map((item) => h("p", {}, text(item, context)))) : null),
    block.accessory ? h("div", { class: "accessory" }, element(block.accessory, block, context)) : null);
}

function input(block, context) {
  const error = context.errors?.[block.block_id];
  const errorId = `error-${block.block_id}`;
  const control = field(block.element, {
    context, label: block.label.text, required: !block.optional, describedBy: error ? errorId : undefined,
    changed: (choice) => block.dispatch_action && context.press(block.element, block, choice),
  });
  return h("div", { class: `block input ${error ? "wrong" : ""}` },
    h("span", { class: "label" }, block.label.text, block.optional ? h("small", {}, " optional") : null),
    control,
    block.hint ? h("p", { class: "hint" }, text(block.hint, context)) : null,
    error ? h("p", { class: "error", id: errorId, role: "alert" }, error) : null);
}

const DRAW = {
  section, input, rich_text: richText,
  header: (block, context) => h("h3", { class: "block header" }, text(block.text, context)),
  divider: () => h("hr", { class: "block" }),
  context: (block, context) => h("p", { class: "block context" },
    block.elements.flatMap((item, index) => [index ? " " : "", element(item, block, context)])),
  actions: (block, context) => h("div", { class: "block actions" },
    block.elements.map((item) => element(item, block, context))),
  context_actions: (block, context) => h("div", { class: "block actions" },
    block.elements.map((item) => element(item, block, context))),
  markdown: (block) => h("div", { class: "block rich" }, markdown(block.text)),
  image: (block) => h("figure", { class: "block" }, picture(block), block.title ? h("figcaption", {}, block.title.text) : null),
  alert: (block, context) => h("p", { class: `block alert ${block.level ?? ""}`, role: "note" }, text(block.text, context)),
};

export function blocks(list, context) {
  return list.map((block) => DRAW[block.type]?.(block, context) ?? h("p", { class: "block" }, `[${block.type}]`));
}
