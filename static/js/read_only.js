// Why one can't post: a sentence in the place of the composer (read-only.css). A mute ends by itself, unless it is forever.
import { dateAndTime } from "./clock.js";
import { transport } from "./transport.js";

let timer = null;

export function readOnly(box) {
  const { dataset } = document.getElementById("room");
  showMuted(dataset.muted);
  transport.addEventListener("revoked", ({ detail }) => {
    box.querySelector("[data-why=revoked]").textContent = detail;
    Object.assign(dataset, { revoked: "yes", archived: "", announcement: "", muted: "" }); // no other reason holds
  });
}

export function showMuted(until) {
  const { dataset } = document.getElementById("room");
  const left = until === "forever" ? Infinity : until ? new Date(until) - Date.now() : 0;
  clearTimeout(timer);
  dataset.muted = left > 0 ? until : "";
  if (left <= 0 || left === Infinity) return;
  document.querySelector(".read-only time").textContent = dateAndTime(new Date(until));
  timer = setTimeout(() => showMuted(until), Math.min(left, 2 ** 31 - 1));
}
