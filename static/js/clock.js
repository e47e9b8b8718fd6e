// Times and days in the reader's language and time zone.
import { remember } from "./cookies.js";
import { locale } from "./words.js";

// 02:49 where the day has 24 hours, 2:49 AM where it has twice 12.
const { hourCycle } = new Intl.DateTimeFormat(locale, { hour: "numeric" }).resolvedOptions();
const hour = hourCycle?.startsWith("h2") ? "2-digit" : "numeric";

const clock = new Intl.DateTimeFormat(locale, { hour, minute: "2-digit" });
const fullDate = new Intl.DateTimeFormat(locale, { dateStyle: "full" });
const weekday = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
const withYear = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

export const timeOfDay = (date) => clock.format(date);

export const dateAndTime = (date) => `${fullDate.format(date)}, ${clock.format(date)}`;

export function dayName(date) {
  const midnight = (day) => new Date(day.getFullYear(), day.getMonth(), day.getDate());
  const days = Math.round((midnight(date) - midnight(new Date())) / 86_400_000);
  if (days > -2) return capitalize(relative.format(days, "day"));
  return (date.getFullYear() === new Date().getFullYear() ? weekday : withYear).format(date);
}

const capitalize = (text) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);

// The server groups messages by day in this time zone (a_rtchat/grouping.py).
export function tellTimeZone() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  remember("tz", timeZone);
}

// A time on a page; where its text is relative ("2 hours ago"), only its tooltip.
export function when(time) {
  const local = dayAndTime.format(new Date(time.dateTime));
  if (time.title) time.title = local;
  else time.textContent = local;
}
