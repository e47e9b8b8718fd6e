// The list of rooms as a control: its menus, filter, folded sections and keys.
import { remember } from "./cookies.js";
import { parse } from "./fragment.js";
import { close, moveIn, openAt } from "./popup.js";
import { postOrSay } from "./posting.js";
import { adopt, callsIn, currentItem, isFiltered, itemOf, refetchWithoutSocket, rooms, setOrder, unreadIn } from "./rooms.js";

const linkOf = (item) => item.firstElementChild;
const isShown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

export function roomList(box) {
  const list = document.getElementById("rooms");
  const options = document.getElementById("room-list-menu");
  const query = box.querySelector(".room-list__query");

  // --- Order and sections ---

  function choose(event) {
    const { submitter, target } = event;
    if (submitter?.name !== "order") return readAll(event, target);
    event.preventDefault();
    remember("rooms_order", submitter.value);
    showOrder(submitter);
    setOrder(submitter.value);
    close(options);
  }

  function showOrder(chosen) {
    for (const button of options.querySelectorAll("[name=order]")) button.ariaPressed = String(button === chosen);
  }

  async function readAll(event, form) {
    event.preventDefault();
    close(options);
    if (await postOrSay(form.getAttribute("action"))) refetchWithoutSocket();
  }

  function fold() {
    if (isFiltered()) return;
    const folded = [...list.querySelectorAll("details:not([open])")].map((section) => section.dataset.section);
    remember("rooms_folded", folded.join("."));
  }

  // --- Keys ---

  const stops = () => [...list.querySelectorAll("summary, .room-list__room > a:first-child")].filter(isShown);

  // One room is in the order of Tab: the last one focused, or this page's, or the first.
  function rove(chosen) {
    const active = chosen ?? list.querySelector(".room-list__room > [tabindex='0']")?.parentElement ?? currentItem() ?? rooms()[0];
    for (const item of rooms()) for (const link of item.children) link.tabIndex = item === active ? 0 : -1;
  }

  function move(event) {
    const { target, key } = event;
    const item = target.closest(".room-list__room");
    const beside = { ArrowRight: item?.lastElementChild, ArrowLeft: item && linkOf(item) }[key];
    const next = beside ?? neighbour(item ? linkOf(item) : target, key);
    if (!next || event.altKey || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    next.focus();
  }

  function neighbour(from, key) {
    const all = stops();
    const place = all.indexOf(from);
    return { ArrowDown: all[place + 1], ArrowUp: place > 0 ? all[place - 1] : query, Home: all[0], End: all.at(-1) }[key];
  }

  // To the next or previous room with unread messages, from anywhere.
  function jump(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.altKey || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const [all, current] = [rooms(), currentItem()];
    const place = all.indexOf(current);
    const turned = step > 0 ? [...all.slice(place + 1), ...all.slice(0, place + 1)] : [...all.slice(0, Math.max(place, 0)).reverse(), ...all.slice(Math.max(place, 0)).reverse()];
    const next = turned.find((item) => item !== current && callsIn(item));
    event.preventDefault();
    if (next) location.assign(linkOf(next).href);
  }

  // --- The filter ---

  function swap(event) {
    if (event.detail.target !== list) return;
    event.detail.shouldSwap = false;
    if (event.detail.xhr.status === 200) adopt(parse(event.detail.serverResponse));
  }

  // Another page for the filter is not needed: it has found what it can.
  function submitFilter(event) {
    event.preventDefault();
    query.value = "";
  }

  setOrder(options.querySelector("[aria-pressed=true]")?.value ?? "activity");
  rove();
  options.addEventListener("submit", choose);
  list.addEventListener("toggle", fold, true);
  list.addEventListener("keydown", move);
  list.addEventListener("focusin", ({ target }) => target.closest(".room-list__room") && rove(target.closest(".room-list__room")));
  new MutationObserver(() => rove()).observe(list, { childList: true, subtree: true });
  query.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") stops().find((stop) => stop.matches("a"))?.focus();
    if (event.key === "Enter") event.preventDefault();
  });
  query.form.addEventListener("submit", submitFilter);
  box.addEventListener("htmx:beforeSwap", swap);
  document.addEventListener("keydown", jump);
  roomMenu(document.getElementById("room-menu"));
}

// The menu of a room, from its "⋯" in the list or from the page's header.
function roomMenu(menu) {
  if (!menu.showPopover) return; // an old browser: the links lead to a page
  let opener = null;
  let id = null;
  const item = () => itemOf(id);

  function open(link) {
    opener = link;
    id = (link.closest(".room-list__room") ?? currentItem())?.id.slice("room-".length);
    if (!item()) return false;
    const { dataset } = item();
    const level = Number(dataset.snoozed) * 1_000 > Date.now() ? "tomorrow" : dataset.notify;
    for (const button of menu.querySelectorAll("[data-does]")) prepare(button, dataset, level);
    openAt(menu, link);
    return true;
  }

  function prepare(button, dataset, level) {
    const { does, value } = button.dataset;
    if (does === "notify") button.ariaChecked = String(value === level);
    if (does === "favourite") button.hidden = (value === "1") === "favourite" in dataset;
    if (does === "read") button.hidden = !unreadIn(item());
    if (does === "hide") button.hidden = dataset.kind !== "direct";
  }

  async function choose({ target }) {
    const button = target.closest("[data-does]");
    if (!button || !item()) return;
    const { does, value } = button.dataset;
    const values = { favourite: { on: value }, notify: { notify: value }, read: { seq: item().dataset.lastSeq } }[does] ?? {};
    const { href } = linkOf(item());
    close(menu);
    if (await postOrSay(`${href}${does}/`, values)) refetchWithoutSocket();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(".room-list__options, .header__notify");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (open(link)) event.preventDefault();
  });
  menu.addEventListener("click", choose);
  menu.addEventListener("toggle", ({ newState }) => {
    if (newState === "closed" && document.activeElement === document.body) (opener?.isConnected ? opener : document.getElementById(`options-${id}`))?.focus();
  });
  moveIn(menu);
}
