// After too many missed changes the server skips them and says how many: the page begins anew at the newest.

// Begins anew if a fragment says so. Only its root element can: messages can't imitate it.
export function beginAnew(fragment) {
  const missed = skippedIn(fragment);
  if (!missed) return false;
  sessionStorage.setItem("backchat:skipped", missed);
  location.reload();
  return true;
}

function skippedIn(fragment) {
  if (!fragment.startsWith("<span")) return null;
  const template = document.createElement("template");
  template.innerHTML = fragment;
  const { id, dataset } = template.content.firstElementChild;
  return id === "connection" && "anew" in dataset ? dataset.missed : null;
}
