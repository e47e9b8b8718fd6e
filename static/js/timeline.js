// The list of messages: in order, without duplicates, in the reader's time zone and language, grouped by author and minute.
import { count, locale, translate, words } from "./words.js";

const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

const BOTTOM = 80; // pixels from the end that still count as the end
const number = (article, name) => Number(article.dataset[name]);

export function timeline(scroller) {
  const list = document.getElementById("messages");
  const newer = document.getElementById("newer");

  // The scroller is reversed (timeline.css): scrollTop is 0 at the newest message and negative above it.
  const atEnd = () => scroller.scrollTop > -BOTTOM;

  function toEnd() {
    scroller.scrollTop = 0;
    if (newer) newer.hidden = true;
  }

  // Replaces messages that have a newer revision, and inserts missing ones in order.
  function receive(event) {
    if (event.detail.target !== list) return;
    for (const article of event.detail.fragment.querySelectorAll(".message")) {
      translate(article);
      place(article);
    }
    if (newer && !atEnd()) newer.hidden = false;
  }

  function place(article) {
    const existing = document.getElementById(article.id);
    if (existing) {
      if (number(article, "revision") > number(existing, "revision")) existing.replaceWith(article);
      else article.remove();
      return htmx.process(article);
    }
    const next = [...list.querySelectorAll(".message")].find((other) => number(other, "seq") > number(article, "seq"));
    if (!next) return; // htmx appends it
    if (next.previousElementSibling?.matches(".earlier")) return article.remove(); // older than what is loaded
    next.before(article);
    htmx.process(article);
  }

  function arrange() {
    let before = null;
    for (const article of list.querySelectorAll(".message")) {
      format(article, before);
      before = article;
    }
  }

  new MutationObserver(arrange).observe(list, { childList: true });
  document.body.addEventListener("htmx:oobBeforeSwap", receive);
  document.body.addEventListener("composer:say", toEnd);
  scroller.addEventListener("scroll", () => newer && atEnd() && (newer.hidden = true), { passive: true });
  newer?.addEventListener("click", toEnd);
  showSkipped();
  arrange();
}

// After many missed changes the page is reloaded (connection.js): show how many were skipped.
function showSkipped() {
  const missed = sessionStorage.getItem("backchat:skipped");
  sessionStorage.removeItem("backchat:skipped");
  const note = document.getElementById("skipped");
  if (!missed || !note) return;
  note.textContent = count(words.skipped, Number(missed));
  note.hidden = false;
}

function format(article, before) {
  const time = article.querySelector("time");
  const at = new Date(time.dateTime);
  const previous = before && new Date(before.querySelector("time").dateTime);
  const newDay = !previous || previous.toDateString() !== at.toDateString();
  time.textContent = clock.format(at);
  time.title = fullDate.format(at);
  if (newDay) article.dataset.day = dayName(at);
  else delete article.dataset.day;
  const sameAuthor = before?.dataset.author === article.dataset.author;
  article.toggleAttribute("data-continues", !newDay && sameAuthor && minute(previous) === minute(at));
}

const minute = (date) => Math.floor(date / 60_000);

function dayName(date) {
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  if (days > -2) return capitalize(relative.format(days, "day"));
  return (date.getFullYear() === new Date().getFullYear() ? weekday : withYear).format(date);
}

const capitalize = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
