"""WebSocket frames, as much of them as a load generator needs (RFC 6455)."""

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A  # with the FIN bit: uvicorn does not fragment

Frame = tuple[int, int, int]  # the first byte, and where the payload begins and ends in the buffer


def frame_at(buffer: bytes, position: int) -> Frame | None:
    """Return the server's frame that begins at a position of a buffer; None while it is not all there."""
    have = len(buffer) - position
    if have < 2:
        return None
    size, start = buffer[position + 1], position + 2
    if size > 125:
        start += 2 if size == 126 else 8
        if have < start - position:
            return None
        size = int.from_bytes(buffer[position + 2 : start], "big")
    return (buffer[position], start, start + size) if start + size <= len(buffer) else None


def client_frame(first: int, payload: bytes) -> bytes:
    """Return a client's frame with its payload.

    Its mask is zero, a valid one that leaves the payload as it is: the server does the same work as for any
    other, the load generator none.
    """
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([first]) + length + bytes(4) + payload
