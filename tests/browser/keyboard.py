"""A visitor without a pointer, and what such a visitor needs of every control."""

from __future__ import annotations

from typing import Any, NamedTuple

from playwright.sync_api import Page

_MOST_TABS = 150

# What has the focus. `clipped`: what cuts its outline off; `over`: what lies over it.
_FOCUSED = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return null
  const begin = element => element.outerHTML.slice(0, 160).replace(/\\s+/g, ' ')
  const box = one.getBoundingClientRect(), style = getComputedStyle(one)
  const hasOutline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1
  const hasParts = one.type === 'datetime-local' // which have outlines of their own
  const reach = hasOutline ? parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset) : 0
  let clipped = ''
  for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) {
    const around = up.getBoundingClientRect(), { overflowX, overflowY } = getComputedStyle(up)
    const isWide = box.left - reach < around.left - .5 || box.right + reach > around.right + .5
    const isHigh = box.top - reach < around.top - .5 || box.bottom + reach > around.bottom + .5
    if ((overflowX !== 'visible' && isWide) || (overflowY !== 'visible' && isHigh)) clipped = begin(up)
  }
  const bar = document.querySelector('.bar'), isAbove = one.closest('.bar, dialog, .skip')
  const y = (Math.max(box.top, isAbove ? 0 : bar.offsetHeight) + Math.min(box.bottom, innerHeight)) / 2
  const top = document.elementFromPoint(box.left + Math.min(box.width / 2, 12), y)
  const isSeen = top && (one.contains(top) || top.contains(one) || top.closest('label')?.control === one)
  return {
    number: window.controls?.indexOf(one) ?? -1,
    html: begin(one),
    is_outlined: hasOutline || hasParts,
    clipped,
    over: isSeen ? '' : top ? begin(top) : 'the edge of the window',
    left: box.left + scrollX,
    top: box.top + scrollY,
    right: box.right + scrollX,
    bottom: box.bottom + scrollY,
    is_fixed: !!one.closest('.bar, dialog'),
  }
}"""
# Everything that a keyboard must reach; the first of it gets the focus.
_CONTROLS = """() => {
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')
  window.controls = [...all].filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
  window.controls[0].focus()
  return window.controls.map(one => one.outerHTML.slice(0, 160).replace(/\\s+/g, ' '))
}"""


class Focused(NamedTuple):
    """An element with the focus; `number` counts the controls of `tab_through`."""

    number: int
    html: str
    is_outlined: bool
    clipped: str
    over: str
    left: float
    top: float
    right: float
    bottom: float
    is_fixed: bool

    def troubles(self, before: Focused | None) -> list[str]:
        """Return what is wrong with it, and with its place after the element that had the focus before."""
        found = []
        if not self.is_outlined:
            found.append("no outline")
        if self.clipped:
            found.append(f"its outline is clipped by {self.clipped}")
        if self.over:
            found.append(f"hidden by {self.over}")
        if before and not self.is_fixed and not before.is_fixed:
            is_above = self.bottom <= before.top + 1
            if is_above and self.left < before.right - 1:
                found.append(f"above {before.html}, which comes before it")
        return [f"{self.html}: {what}" for what in found]


def focused(page: Page) -> Focused | None:
    """Return what has the focus, None if nothing has it."""
    found: dict[str, Any] | None = page.evaluate(_FOCUSED)
    return Focused(**found) if found else None


def tab_through(page: Page) -> list[str]:
    """Press Tab from the first control of a page to its end; return what hinders a visitor who does."""
    wanted, troubles = page.evaluate(_CONTROLS), []
    before, reached = focused(page), {0}
    for _ in range(_MOST_TABS):
        page.keyboard.press("Tab")
        now = focused(page)
        if now is None:
            break
        if now.number not in reached:
            troubles += now.troubles(before)
        reached.add(now.number)
        before = now
    else:
        troubles.append(f"no end after {_MOST_TABS} controls")
    return troubles + [f"not reached: {html}" for number, html in enumerate(wanted) if number not in reached]


class Hands:
    """A visitor's hands on the keyboard, with which nothing else is done."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def go_to(self, role: str, name: str, then: str = "", *, back: bool = False) -> None:
        """Press Tab until the control has the focus, which must be visible, and then a key."""
        self.page.wait_for_load_state("load")
        seen = []
        for _ in range(_MOST_TABS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            now = focused(self.page)
            if now is None:
                continue
            assert not now.troubles(None), now.troubles(None)
            seen.append(now.html)
            if self.at(role, name):
                break
        else:
            raise AssertionError("\n".join([f"no {role} {name} among", *seen]))
        if then:
            self.page.keyboard.press(then)

    def at(self, role: str, name: str) -> bool:
        """Return whether this control has the focus."""
        if role == "field":  # `name` is its name in the form, because labels are worded again and again
            return self.page.locator(f"[name={name}]:focus").count() == 1
        control = self.page.get_by_role(role, name=name)  # type: ignore[arg-type]
        return control.and_(self.page.locator(":focus")).count() == 1

    def require_focus(self) -> None:
        """Fail if nothing has the focus after a part of the page was replaced."""
        assert focused(self.page), "the focus was lost"
