// The `markdown` block: the small part of Markdown that a bot's answer uses. Everything else stays as written.

import { h, link } from "./dom.js";

const SPANS = [
  [/^`([^`\n]+)`/, (m) => h("code", {}, m[1])],
  [/^\*\*([^\n]+?)\*\*/, (m) => h("strong", {}, inline(m[1]))],
  [/^\[([^\]\n]+)\]\(([^)\s]+)\)/, (m) => link(m[2], m[1])],
  [/^\*([^*\n]+)\*/, (m) => h("em", {}, inline(m[1]))],
];

export function inline(text) {
  const nodes = [];
  let plain = "";
  let rest = text;
  while (rest) {
    const rule = SPANS.find(([pattern]) => pattern.test(rest));
    if (!rule) {
      plain += rest[0];
      rest = rest.slice(1);
      continue;
    }
    const match = rule[0].exec(rest);
    nodes.push(plain, rule[1](match));
    plain = "";
    rest = rest.slice(match[0].length);
  }
  return [...nodes, plain];
}

function paragraph(part) {
  const heading = /^#{1,6} (.+)$/.exec(part);
  if (heading) return h("h4", {}, inline(heading[1]));
  const lines = part.split("\n");
  if (lines.every((line) => /^[-*] /.test(line))) {
    return h("ul", {}, lines.map((line) => h("li", {}, inline(line.slice(2)))));
  }
  return h("p", {}, lines.flatMap((line, index) => [index ? h("br") : "", ...inline(line)]));
}

export function markdown(text) {
  return text.split(/```\w*\n?/).flatMap((part, index) => {
    if (index % 2) return h("pre", {}, part.replace(/\n$/, ""));
    return part.split(/\n{2,}/).map((piece) => piece.trim()).filter(Boolean).map(paragraph);
  });
}
