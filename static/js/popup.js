// Menus that pop up beside what opens them, and are used by keyboard.
const MARGIN = 8; // pixels between a menu and the edges of the window
const itemsOf = (box) => [...box.querySelectorAll(".menu__item:not([hidden])")];

export function openAt(box, anchor) {
  box.showPopover();
  const [{ width, height }, at] = [box.getBoundingClientRect(), anchor.getBoundingClientRect()];
  const below = at.bottom + height + MARGIN < innerHeight;
  box.style.top = `${Math.max(MARGIN, below ? at.bottom : Math.min(at.top, innerHeight - MARGIN) - height)}px`;
  box.style.left = `${Math.min(Math.max(MARGIN, at.left), innerWidth - width - MARGIN)}px`;
  itemsOf(box)[0]?.focus();
}

export function close(box) {
  if (box.matches(":popover-open")) box.hidePopover();
}

export function moveIn(box) {
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowDown: 1, ArrowUp: -1, Tab: event.shiftKey ? -1 : 1 };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const choices = itemsOf(box);
    choices.at((choices.indexOf(document.activeElement) + steps[event.key]) % choices.length).focus();
  });
}
