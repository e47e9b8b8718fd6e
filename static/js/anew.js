// After too many missed changes the server skips them and says how many: the page begins anew at the newest.
import { rootOf } from "./fragment.js";

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
  const { id, dataset } = rootOf(fragment);
  return id === "connection" && "anew" in dataset ? dataset.missed : null;
}
