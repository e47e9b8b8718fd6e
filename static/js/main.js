// The entry point: attaches behaviours to elements with data-behaviour, on load and when htmx adds some.
import "./trusted_types.js";
import { avatar } from "./avatar.js";
import { tellTimeZone, when } from "./clock.js";
import { composer } from "./composer.js";
import { connection } from "./connection.js";
import { back, flash, share, skip, tabs } from "./controls.js";
import { dialog, dialogContent } from "./dialog.js";
import { edit } from "./edit.js";
import { leave, left } from "./leave.js";
import { menu } from "./menu.js";
import { newMessage, picker } from "./new-message.js";
import { outbox } from "./outbox.js";
import { panel } from "./panel.js";
import { passkey } from "./passkey.js";
import { tellPresence } from "./presence.js";
import { profileCard } from "./profile-card.js";
import { readOnly } from "./read_only.js";
import { reading } from "./reading.js";
import { roomList } from "./room-list.js";
import { watchRooms } from "./rooms.js";
import { listenForSignals } from "./signals.js";
import { timeline } from "./timeline.js";
import { typing } from "./typing.js";

const behaviours = {
  avatar, back, composer, connection, dialog, dialogContent, edit, flash, leave, left, menu, newMessage, outbox,
  panel, passkey, picker, profileCard, readOnly, reading, roomList, share, skip, tabs, timeline, typing, when,
};
const attached = new WeakSet();

function attach(element) {
  if (attached.has(element)) return;
  attached.add(element);
  behaviours[element.dataset.behaviour](element);
}

function attachWithin(root) {
  if (root.matches?.("[data-behaviour]")) attach(root);
  root.querySelectorAll("[data-behaviour]").forEach(attach);
}

tellTimeZone();
listenForSignals();
watchRooms();
tellPresence();
attachWithin(document);
document.querySelector("#rooms [aria-current]")?.scrollIntoView({ block: "nearest" });
document.querySelector(".field--bad [autofocus]")?.scrollIntoView({ block: "center" }); // focus alone may leave it out of view
document.body.addEventListener("htmx:load", (event) => attachWithin(event.detail.elt));
