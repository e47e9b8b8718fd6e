"""Steps for browser tests in a room."""

from playwright.sync_api import Locator, Page, expect

from a_rtchat.actions.messages import post_message
from a_rtchat.models import Membership, Room
from a_users.models import User

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
DELETED = "This message was deleted."
DESK = {"viewport": {"width": 1440, "height": 900}}
HIDE = """() => {
  Object.defineProperty(document, "visibilityState", {configurable: true, get: () => "hidden"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""  # Chromium without a window hides no tab
DO = """([path, form]) => fetch(path, {
  method: "POST",
  headers: {"HX-Request": "true"},
  body: new URLSearchParams({...form, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value}),
}).then(response => response.ok)"""


def say(page: Page, text: str) -> None:
    """Type a message into the composer and press Enter, with Control for a touch screen."""
    page.locator("#composer textarea").fill(text)
    page.keyboard.press("Control+Enter")


def shown(page: Page) -> list[tuple[str, str]]:
    """Return (seq, text) of each message on the page, in order."""
    script = "list => list.map(m => [m.dataset.seq, m.querySelector('.message__body').innerText])"
    return page.locator("#messages .message").evaluate_all(script)


def expect_live(page: Page) -> None:
    """Wait until the page's socket is open."""
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")


def fill(room, user, count: int) -> None:
    """Post many messages as a user."""
    membership = Membership.objects.enter(user, room.slug)
    for n in range(count):
        post_message(membership, f"message {n}")


def act(page: Page, message: Locator, action: str) -> None:
    """Choose an action from the menu of a message."""
    message.hover()
    message.locator(".message__more").click()
    page.get_by_role("menuitem", name=action).click()


def open_own_messages(open_page, user, room) -> Page:
    """Return a user's page of a room with three of their messages."""
    fill(room, user, 3)
    page = open_page(user, room.get_absolute_url())
    expect_live(page)
    return page


def message(page: Page, n: int) -> Locator:
    """Return the n-th message of a page."""
    return page.locator("#messages .message").nth(n)


def focused(page: Page) -> tuple[str, str]:
    """Return the class of the focused element, and the seq of the message around it."""
    script = "[document.activeElement.className, document.activeElement.closest('.message')?.dataset.seq]"
    return tuple(page.evaluate(script))


def do(page: Page, path: str, **form: str) -> None:
    """Post a form as a page's user: the server tells its open pages."""
    assert page.evaluate(DO, [path, form])


def badge(page: Page, room: Room) -> Locator:
    """Return the badge of a room in the list."""
    return page.locator(f"#room-{room.pk} .badge")


def read_seq(user: User, room: Room) -> int:
    """Return how far a user has read."""
    return Membership.objects.values_list("last_read_seq", flat=True).get(user=user, room=room)
