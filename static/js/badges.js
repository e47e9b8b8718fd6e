// The numbers of unread messages and mentions: beside a room, and in the page's title and icon.
import { plural, words } from "./words.js";

const icon = document.getElementById("icon");
const MOST = 99;
const SETTLE = 500; // milliseconds in which a message that arrives on the screen is read
let name = document.title;
let total = 0;
let timer = null;

export const capped = (number) => (number > MOST ? `${MOST}+` : String(number));

export function setTitle(text) {
  name = text;
  show();
}

export function showTotal(number) {
  total = number;
  clearTimeout(timer);
  timer = setTimeout(show, SETTLE);
}

addEventListener("online", show); // an icon can't be loaded before

function show() {
  const title = total ? `(${capped(total)}) ${name}` : name;
  if (document.title !== title) document.title = title;
  const href = total ? icon.dataset.unread : icon.dataset.read;
  if (navigator.onLine && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

// --- Beside a room, or in the heading of a section ---

export function showBadges(link, unread, mentions, quiet = false) {
  const text = quiet ? "" : capped(unread);
  const badge = put(link, "badge", unread && text, `${text} ${words.unread}`.trim());
  badge?.toggleAttribute("data-quiet", quiet);
  const mentioned = put(link, "mentioned", mentions && `@${capped(mentions)}`, plural("mentions", mentions));
  if (mentioned && badge && mentioned.nextElementSibling !== badge) badge.before(mentioned);
}

// Shows a text in a badge of a link, or removes the badge if it is 0.
function put(link, className, text, label) {
  let badge = link.querySelector(`.${className}`);
  if (text === 0) return badge?.remove();
  if (!badge) {
    badge = Object.assign(document.createElement("span"), { className, role: "img" });
    link.append(badge);
  }
  if (badge.textContent !== text) badge.textContent = text;
  if (badge.ariaLabel !== label) badge.ariaLabel = label;
  return badge;
}
