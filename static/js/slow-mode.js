// Slow mode: a hint near the composer, and when the next message may go out.
import { locale, words } from "./words.js";

const room = document.getElementById("room");

export const isSlow = () => room.dataset.slow !== "0" && room.dataset.role === "member";

// The server wrote the sentence; it changes with the room's rules.
export function slowMode(hint) {
  document.addEventListener("backchat:rules", () => {
    hint.textContent = words.slow_mode.replace("{pause}", pauseOf(Number(room.dataset.slow)));
  });
}

function pauseOf(seconds) {
  const [unit, size] = seconds < 60 ? ["second", 1] : seconds < 3_600 ? ["minute", 60] : ["hour", 3_600];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

// "Slow mode: sent in 0:27", or nothing once the time has come.
export function waitUntil(time) {
  const seconds = Math.ceil((time - Date.now()) / 1_000);
  if (!(seconds > 0) || !isSlow()) return "";
  return words.slow_wait.replace("{time}", `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
}
