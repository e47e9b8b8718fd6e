// Presence: tells the server whether this tab is in use, and shows who is here, online, away or offline.
import { placeMembers } from "./members.js";
import { transport } from "./transport.js";
import { words } from "./words.js";

const IDLE = 600_000; // milliseconds without a touch before one is away
const CHECK = 30_000;
const LABELS = { here: words.presence_here, online: words.presence_online, away: words.presence_away, offline: words.presence_offline };

export function tellPresence() {
  let active = Date.now();
  let told = "here"; // what the server takes for granted when a socket opens

  function tell() {
    const state = document.visibilityState === "hidden" || Date.now() - active > IDLE ? "away" : "here";
    if (state !== told && transport.send({ action: "presence", state })) told = state;
  }

  function touch() {
    active = Date.now();
    if (told === "away") tell();
  }

  transport.addEventListener("open", () => {
    told = "here";
    tell();
  });
  document.addEventListener("visibilitychange", () => {
    active = Date.now();
    tell();
  });
  for (const name of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(name, touch, { passive: true });
  setInterval(tell, CHECK);
}

// The newest status of each person, as heard since the list of members was asked for: it may be newer than the list.
const heard = new Map();

export const forgetPresence = () => heard.clear();

export function showPresence({ dataset }) {
  const news = new Map(Object.keys(LABELS).flatMap((status) => dataset[status].split(" ").filter(Boolean).map((user) => [user, status])));
  if ("all" in dataset) for (const user of closePeople()) if (!news.has(user)) news.set(user, "offline");
  for (const [user, status] of news) heard.set(user, status);
  apply(news);
}

// The other people of direct rooms, in the list and in the header.
const closePeople = () => [...document.querySelectorAll("#rooms .dot, .header > .dot")].map((dot) => dot.dataset.user);

// Shows again what was heard, on elements that have just been inserted.
export const applyPresence = () => apply(heard);

function apply(statuses) {
  const changed = [];
  for (const element of document.querySelectorAll("[data-presence][data-user]")) {
    const status = statuses.get(element.dataset.user);
    if (status && status !== element.dataset.presence) changed.push(show(element, status));
  }
  placeMembers(changed.filter((element) => element.matches("#panel #members > *")), statuses);
}

function show(element, status) {
  element.dataset.presence = status;
  const dot = element.matches(".dot") ? element : element.querySelector(".dot");
  dot.title = dot.ariaLabel = LABELS[status];
  return element;
}
