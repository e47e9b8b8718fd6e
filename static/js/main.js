// The one entry: attaches each behaviour to the elements that name it in data-behaviour.
import { composer } from "./composer.js";
import { connection } from "./connection.js";
import { timeline } from "./timeline.js";

const behaviours = { composer, connection, timeline };

for (const element of document.querySelectorAll("[data-behaviour]")) {
  behaviours[element.dataset.behaviour](element);
}
