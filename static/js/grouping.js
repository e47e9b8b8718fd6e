// Marks where a day begins and which messages continue a group, by the rules of a_rtchat/grouping.py. The server has done
// this for the page; here it is done for messages that arrive later, and for those that wait below the list.
import { dateAndTime, dayName, timeOfDay } from "./clock.js";
import { dress } from "./message.js";

const GROUP_FOR = 300_000; // milliseconds
const times = new WeakMap(); // message -> Date

export function arrange() {
  let before = null;
  for (const article of document.querySelectorAll("#messages > .message, #outbox > .message")) {
    const at = times.get(article) ?? begin(article);
    group(article, at, before);
    before = { at, author: article.dataset.author };
  }
  for (const day of document.querySelectorAll(".day")) if (!day.nextElementSibling?.matches(".message")) day.remove();
}

function begin(article) {
  const time = article.querySelector("time");
  const at = new Date(time.dateTime);
  times.set(article, at);
  time.textContent = timeOfDay(at);
  time.title = dateAndTime(at);
  dress(article);
  return at;
}

// Only the server knows what is before the first message of a page.
function group(article, at, before) {
  if (!before) return nameDay(article, at, dayOf(article) !== null || Number(article.dataset.seq) <= 1);
  const newDay = before.at.toDateString() !== at.toDateString();
  nameDay(article, at, newDay);
  const begins = newDay || "begins" in article.dataset || article.previousElementSibling?.id === "unread";
  article.toggleAttribute("data-continues", !begins && before.author === article.dataset.author && at - before.at <= GROUP_FOR);
}

function dayOf(article) {
  const previous = article.previousElementSibling;
  return previous?.matches(".day") ? previous : null;
}

function nameDay(article, at, isNew) {
  let day = dayOf(article);
  if (!isNew) return day?.remove();
  if (!day) {
    day = Object.assign(document.createElement("h2"), { className: "day" });
    article.before(day);
  }
  const name = dayName(at);
  if (day.textContent !== name) day.textContent = name;
}
