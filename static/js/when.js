// A time in the reader's time zone and language; where the text is relative ("2 hours ago"), only its tooltip.
import { locale } from "./words.js";

const format = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });

export function when(time) {
  const local = format.format(new Date(time.dateTime));
  if (time.title) time.title = local;
  else time.textContent = local;
}
