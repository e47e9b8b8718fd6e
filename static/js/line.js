// The line to the server: what the connection offers to the others. `open`, `polled`, `shut` and `lost` are
// its events; `transmit` sends a message now or returns false.
export const line = new EventTarget();

line.transmit = () => false;

line.tell = (name, detail) => line.dispatchEvent(new CustomEvent(name, { detail }));
