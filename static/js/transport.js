// The connection's interface for other modules. Its events are `open`, `state`, `polled`, `offline` and `revoked`, and `waiting`
// from the outbox. `transmit` sends a message and `send` any other frame; both return false if that isn't possible now, when no socket `isOpen`.
export const transport = new EventTarget();

transport.transmit = () => false;
transport.send = () => false;
transport.isOpen = () => false;

transport.emit = (name, detail) => transport.dispatchEvent(new CustomEvent(name, { detail }));
