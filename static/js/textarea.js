// What the composer and the editor have in common.
const touch = matchMedia("(pointer: coarse)");

// Enter sends, except on touch keyboards, which have no Shift+Enter for a new line.
export function sends(event) {
  if (event.key !== "Enter" || event.isComposing || event.shiftKey) return false;
  return !touch.matches || event.ctrlKey || event.metaKey;
}

export function labelEnter(textarea) {
  textarea.enterKeyHint = touch.matches ? "enter" : "send";
}

export function grow(textarea) {
  if (CSS.supports("field-sizing", "content")) return;
  textarea.style.blockSize = "auto";
  textarea.style.blockSize = `${textarea.scrollHeight}px`;
}
