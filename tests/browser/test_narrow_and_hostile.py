"""Nothing is wider than the window or lies under the bar: on the narrowest screen, and with hostile texts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.states import STATES, Scene
from tests.web.hostile_texts import TEXTS, addresses_of, fill_with

WIDTHS = (320, 390, 970, 1280)  # 320 is also 1280 at four times the size; tables are still tables at 970

# What the hostile texts would call, if they were anything but text.
_TRAP = "window.alert = () => { window.trapped = true }"
_LAYOUT = """() => {
  scrollTo(0, 0)
  const { scrollWidth, clientWidth } = document.documentElement, found = []
  if (scrollWidth > clientWidth) found.push(`${scrollWidth - clientWidth} px too wide`)
  const bar = document.querySelector('.bar').getBoundingClientRect()
  for (const one of document.querySelectorAll('main, main *')) {
    const box = one.getBoundingClientRect()
    if (box.width > 1 && box.height > 1 && box.top < bar.bottom - 1 && one.checkVisibility())
      found.push(`under the bar: ${one.outerHTML.slice(0, 120)}`)
    if (scrollWidth > clientWidth && box.right > clientWidth + 1)
      found.push(`too wide: ${one.outerHTML.slice(0, 120)}`)
  }
  if (window.trapped) found.push('something was executed')
  return found.slice(0, 6)
}"""
# Two more cells for each row of a list; returns those that are not below all cells before them.
_ADD_CELLS = """() => [...document.querySelectorAll('.board tbody tr')].flatMap(row => {
  return ['Rejected', 'Added'].map(label => {
    const cell = row.insertCell(), others = [...row.cells].slice(0, -1)
    cell.dataset.label = label
    cell.className = 'num'
    cell.textContent = '12'
    return [label, cell, others]
  }).filter(([, cell, others]) => others.some(one =>
    one.getBoundingClientRect().bottom > cell.getBoundingClientRect().top + 1)).map(([label]) => label)
})"""
# States and controls that would not be visible without our colours.
_FORCED = """() => [...document.querySelectorAll('.state, .note, button, .button, .tag')]
  .filter(one => one.checkVisibility() && one.offsetWidth > 1 && !one.matches('.quiet'))
  .filter(one => {
    const style = getComputedStyle(one), icon = one.querySelector('.icon')
    const hasEdge = ['Top', 'Left'].some(side => style[`border${side}Style`] !== 'none')
    return one.matches('.state') ? !icon || getComputedStyle(icon).stroke === 'none' : !hasEdge
  }).map(one => one.outerHTML.slice(0, 120))"""


def layout_of(page: Page, width: int) -> list[str]:
    """Return what breaks the layout at a width."""
    page.set_viewport_size({"width": width, "height": 800})
    return [f"{width}: {trouble}" for trouble in page.evaluate(_LAYOUT)]


@pytest.mark.parametrize("name", STATES)
def test_every_state_fits_the_narrowest_screen(scene: Scene, name: str) -> None:
    STATES[name](scene)
    assert layout_of(scene.page, 320) == []


@pytest.mark.parametrize("name", ["watches_in_every_trouble", "feed_of_alerts"])
@pytest.mark.parametrize("width", [320, 850])
def test_further_cells_of_a_list_take_lines_of_their_own(scene: Scene, name: str, width: int) -> None:
    STATES[name](scene)
    scene.page.set_viewport_size({"width": width, "height": 800})
    assert scene.page.locator(".board tbody tr").count() > 0
    assert scene.page.evaluate(_ADD_CELLS) == []
    assert layout_of(scene.page, width) == []


@pytest.mark.parametrize(
    "name", ["watches_in_every_trouble", "watch_that_asks", "status_silenced", "settings_with_a_removal"]
)
def test_states_stay_visible_in_forced_colours(scene: Scene, name: str) -> None:
    STATES[name](scene)
    scene.page.emulate_media(forced_colors="active")
    assert scene.page.evaluate(_FORCED) == []


def test_hostile_texts_neither_run_nor_break_the_layout(scene: Scene) -> None:
    stage, page = scene.stage, scene.page
    scene.visitor.context.add_init_script(_TRAP)
    scene.sign_in()
    stage.do(fill_with(stage.app, stage.goods, stage.clock.now(), TEXTS, "owner"))
    found = []
    for address in addresses_of(stage.app, "owner"):
        scene.open(address)
        scene.unfold()
        found += [f"{address} {trouble}" for width in WIDTHS for trouble in layout_of(page, width)]
    scene.visitor.settle()
    missing = [failed for failed in scene.visitor.failures if failed[0] == 404 and "/img/" in failed[1]]
    scene.visitor.expected.update(missing)  # these listings have no picture
    assert "\n".join(found) == ""


def test_nothing_moves_for_those_who_want_no_motion(scene: Scene) -> None:
    STATES["watches_filled"](scene)
    moving = "() => document.getAnimations().length"
    style = "() => getComputedStyle(document.querySelector('a')).transitionDuration"
    assert (scene.page.evaluate(moving), scene.page.evaluate(style)) == (0, "0s")


def test_a_printed_receipt_has_its_figures_and_no_controls(scene: Scene) -> None:
    STATES["alert_on_items"](scene)
    scene.page.emulate_media(media="print")
    assert scene.page.get_by_role("heading", name="Why it alerted").is_visible()
    assert scene.page.get_by_text("Kept as comps").is_visible()
    assert not [one for one in scene.page.get_by_role("button").all() if one.is_visible()]
    assert not scene.page.locator(".bar").is_visible()
    assert len(scene.page.pdf()) > 10_000
