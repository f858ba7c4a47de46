// One message as an article, in the channel and in its thread.

import { act } from "./api.js";
import { blocks, picture } from "./blocks.js";
import { clock, h } from "./dom.js";
import { mrkdwn } from "./mrkdwn.js";

function content(message, context, channel) {
  const inner = {
    ...context, scope: message.ts, inMessage: true,
    press: (element, block, choice) => act("click", {
      user: context.user, channel: channel.id, ts: message.ts, action_id: element.action_id, block_id: block.block_id, choice,
    }),
  };
  if (message.deleted) return h("p", { class: "gone" }, "This message was deleted.");
  if (message.files) {
    return h("div", { class: "block" }, message.text ? h("p", {}, mrkdwn(message.text, context.people)) : null,
      message.files.map((file) => h("figure", {}, h("figcaption", {}, file.title),
        picture({ slack_file: { id: file.id }, alt_text: file.alt_txt }))));
  }
  const unfolded = (message.attachments ?? []).map((one) => h("div", { class: "unfolded" }, blocks(one.blocks, inner)));
  if (message.blocks) return [...blocks(message.blocks, inner), ...unfolded];
  return [
    h("p", { class: "block typed" }, mrkdwn(message.text, context.people), message.edited ? h("small", {}, " (edited)") : null),
    ...unfolded,
  ];
}

// What Slack has in a message's menu: the app's one shortcut.
function shortcut(message, context, channel) {
  return h("button", {
    type: "button", class: "replies none", "data-testid": `shortcut-${message.ts}`,
    onclick: () => act("shortcut", { user: context.user, channel: channel.id, ts: message.ts }),
  }, "Triage this");
}

function threadButton(message, open) {
  const count = message.reply_count ?? 0;
  const label = count ? `${count} ${count === 1 ? "reply" : "replies"}` : "Reply in thread";
  return h("button", {
    type: "button", class: `replies ${count ? "" : "none"}`, "data-testid": `open-thread-${message.ts}`,
    onclick: () => open(message.ts),
  }, label);
}

export function drawMessage(message, context, channel, open) {
  const author = context.people.get(message.user);
  const name = author?.real_name ?? message.user;
  return h("article", {
    class: `message ${message.ephemeral ? "ephemeral" : ""}`, "data-testid": `message-${message.ts}`,
    "aria-label": `${name}: ${message.text || "message"}`,
  },
  h("span", { class: `avatar ${author?.bot ? "bot" : ""}`, "aria-hidden": "true" }, name[0] ?? "?"),
  h("div", { class: "content" },
    h("p", { class: "by" }, h("b", {}, name), author?.bot ? h("small", { class: "tag" }, "app") : null,
      h("time", { title: message.ts }, clock(Number(message.ts)))),
    message.ephemeral ? h("p", { class: "only-you" }, "Only visible to you") : null,
    content(message, context, channel),
    open && !message.ephemeral && !message.deleted ? threadButton(message, open) : null,
    !author?.bot && !message.deleted ? shortcut(message, context, channel) : null));
}
