// What the connection offers to other modules. Its events are `open`, `polled`, `offline` and `revoked`; the outbox
// adds `waiting`. `transmit` sends a message now or returns false; so does `send`, for other frames.
export const transport = new EventTarget();

transport.transmit = () => false;
transport.send = () => false;

transport.emit = (name, detail) => transport.dispatchEvent(new CustomEvent(name, { detail }));
