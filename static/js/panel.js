// The panel beside the conversation: open or closed as the reader left it, over the conversation on small screens.
import { remember } from "./cookies.js";
import { applyMembers, forgetMembers } from "./members.js";
import { applyPresence, forgetPresence } from "./presence.js";
import { transport } from "./transport.js";

const BESIDE = matchMedia("(min-width: 64rem)"); // there is space beside the conversation (panel.css)
const STALE = 15_000; // milliseconds between two reads of a list that is cut off

export function panel(aside) {
  const place = document.getElementById("place");
  const toggle = document.getElementById("panel-toggle");
  const members = document.getElementById("members");
  let isConnected = false;
  let isLoaded = false; // since the socket opened
  let stale = null;

  const isOpen = () => aside.checkVisibility();

  function load() {
    if (!isConnected || isLoaded || !isOpen()) return;
    isLoaded = true;
    members.dispatchEvent(new CustomEvent("members:load"));
  }

  function set(open) {
    if (BESIDE.matches) {
      place.dataset.panel = open ? "open" : "closed";
      remember("panel", place.dataset.panel);
    } else {
      place.toggleAttribute("data-over", open);
    }
    show();
    if (BESIDE.matches) return;
    (open ? aside.querySelector(".panel__close") : toggle).focus();
  }

  function show() {
    toggle.ariaExpanded = String(isOpen());
    load();
  }

  function press(event) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    set(!isOpen());
  }

  const isOver = () => place.hasAttribute("data-over");

  function refresh() {
    stale ??= setTimeout(() => {
      stale = null;
      if (members.contains(document.activeElement)) return;
      isLoaded = false;
      load();
    }, STALE);
  }

  toggle.role = "button";
  toggle.setAttribute("aria-controls", aside.id);
  toggle.addEventListener("click", press);
  toggle.addEventListener("keydown", (event) => event.key === " " && press(event));
  const close = aside.querySelector(".panel__close");
  close.hidden = false;
  close.addEventListener("click", () => {
    set(false);
    toggle.focus();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && isOver() && !event.defaultPrevented && set(false));
  place.addEventListener("click", (event) => isOver() && event.target === place && set(false));
  BESIDE.addEventListener("change", () => {
    place.removeAttribute("data-over");
    show();
  });
  members.addEventListener("htmx:beforeRequest", () => {
    forgetMembers();
    forgetPresence();
  });
  members.addEventListener("htmx:afterSwap", () => {
    applyMembers();
    applyPresence();
  });
  members.addEventListener("members:added", applyPresence);
  members.addEventListener("members:stale", refresh);
  transport.addEventListener("open", () => {
    isConnected = true;
    isLoaded = false;
    load();
  });
  show();
}
