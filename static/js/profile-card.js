// The card of a person: from a name in a message or in the panel, without leaving the room. One for the page, read when it is
// asked for. Without scripts, and where the card can't be read, a name is a link to the profile.
import { notify } from "./notes.js";
import { close, openAt } from "./popup.js";
import { words } from "./words.js";

const NAMES = "#messages .message__face, #messages .message__author, #panel .member__link";

export function profileCard(card) {
  if (!card.showPopover) return; // an old browser
  let opener = null;
  let place = null; // where it opens: also of a face, which isn't in the order of Tab

  function press(event) {
    const link = event.target.closest(NAMES);
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    close(card);
    place = link;
    opener = link.closest(".message")?.querySelector(".message__author") ?? link;
    htmx.ajax("GET", link.href, { source: card, target: card, swap: "innerHTML" }).catch(() => null); // `fail` says so
  }

  function show({ target }) {
    if (target !== card) return;
    const wasOpen = card.matches(":popover-open"); // then somebody was blocked or unblocked: the button is the other one now
    if (!wasOpen) openAt(card, place);
    card.scrollTop = 0;
    (card.querySelector(wasOpen ? "[hx-post] button" : "button, .button") ?? card).focus();
  }

  // A person who is gone has a page that says so.
  function fail({ detail }) {
    if (detail.requestConfig.verb === "get") location.assign(place.href);
    else notify(words.no_saving);
  }

  document.addEventListener("click", press);
  card.addEventListener("htmx:afterSwap", show);
  card.addEventListener("htmx:responseError", fail);
  card.addEventListener("htmx:sendError", fail);
  card.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") return;
    card.replaceChildren();
    if (document.activeElement === document.body) opener?.focus({ preventScroll: true });
  });
  document.querySelector(".timeline").addEventListener("scroll", () => close(card), { passive: true });
}
