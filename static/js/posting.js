// Posts of scripts over HTTP, with the token that the page's forms carry.
import { notify } from "./notes.js";
import { words } from "./words.js";

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// Returns whether the server has accepted it. One that is `kept` outlives the page.
export async function post(url, values = {}, kept = false) {
  if (!navigator.onLine) return false;
  const body = new URLSearchParams({ ...values, csrfmiddlewaretoken: token() });
  try {
    const response = await fetch(url, { method: "POST", body, keepalive: kept, headers: { "HX-Request": "true" } });
    return response.ok && !response.redirected;
  } catch {
    return false;
  }
}

export async function postOrSay(url, values) {
  const isDone = await post(url, values);
  if (!isDone) notify(words.no_saving);
  return isDone;
}
